// A nest program as LLVM modules: its kernels and the driver that calls them, all in one or in parts.
#pragma once

#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

#include <memory>
#include <utility>
#include <vector>

#include "codegen/jit.h"
#include "codegen/parts.h"
#include "ir/nest/nest_program.h"

namespace nnc {

inline constexpr const char* kEntryName = "run_steps";
inline constexpr const char* kPartName = "run_steps_part";  ///< and a number: a cut of the calls of a long step

/// A part's module, and the name, instruction count and time of each of its functions.
struct EmittedPart {
  std::unique_ptr<llvm::Module> module;
  std::vector<KernelCode> kernels;                    ///< in the part's order
  std::vector<std::pair<size_t, KernelCode>> shared;  ///< functions of the module, by the kernel that called it first
  std::vector<KernelCode> driver;
};

/// Emits and verifies. In a part that is not the whole program kernels are seen by the other parts.
EmittedPart emit_part(const NestProgram& program, const std::vector<CallFacts>& facts, const Part& part,
                      const llvm::TargetMachine& machine, llvm::LLVMContext& context, bool time_stamps = false);

/// The driver `i64 run_steps(ptr)`; see step_arguments.h.
void emit_driver(const NestProgram& program, const std::vector<llvm::Function*>& kernels, llvm::Module& module,
                 bool time_stamps);

}  // namespace nnc
