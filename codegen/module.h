// A nest program as one LLVM module: its kernels and the driver that calls them.
#pragma once

#include <llvm/IR/Module.h>

#include <memory>
#include <vector>

#include "codegen/jit.h"
#include "ir/nest/nest_program.h"

namespace nnc {

inline constexpr const char* kEntryName = "run_steps";
inline constexpr const char* kPartName = "run_steps_part";  ///< and a number: a cut of the calls of a long step

/// Emits and verifies; `kernels` gets name, instruction count and time of each.
std::unique_ptr<llvm::Module> emit_module(const NestProgram& program, llvm::LLVMContext& context,
                                          std::vector<KernelCode>& kernels, bool time_stamps = false);

/// The driver `i64 run_steps(ptr)`; see step_arguments.h.
void emit_driver(const NestProgram& program, const std::vector<llvm::Function*>& kernels, llvm::Module& module,
                 bool time_stamps);

}  // namespace nnc
