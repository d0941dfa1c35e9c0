// Machine code from a planned nest program, in this process. Nothing of LLVM shows here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ir/nest/nest_program.h"
#include "ir/nest/step_arguments.h"

namespace nnc {

/// The tier that this machine runs best ("native"); by cpuid and what the system saves.
Tier native_tier();
/// Whether this machine runs code of the tier.
bool runs_here(Tier tier);

struct KernelCode {
  std::string name;
  int64_t llvm_instructions = 0;
  /// Of the clock's time: where parts of a program are compiled at once, a kernel's share of it.
  double emit_milliseconds = 0;     ///< of its LLVM IR
  double machine_milliseconds = 0;  ///< instruction selection, register allocation and encoding
};

/// A callable step. Movable; the code lives as long as it does.
class CompiledProgram {
 public:
  CompiledProgram();
  ~CompiledProgram();
  CompiledProgram(CompiledProgram&&) noexcept;
  CompiledProgram& operator=(CompiledProgram&&) noexcept;

  /// See StepArguments. Denormals are flushed while it runs and the caller's floating-point state is restored.
  int64_t run(StepArguments& arguments) const;
  const std::vector<KernelCode>& kernels() const;
  double emit_milliseconds() const;
  double machine_milliseconds() const;  ///< of all kernels, and of setting up and linking

 private:
  friend CompiledProgram compile(const NestProgram& program, bool time_stamps, int threads);
  struct Code;
  std::unique_ptr<Code> code_;
};

/// Throws InternalError when the emitted module does not verify, Failure (system) when the machine lacks the tier or
/// refuses executable memory. With `time_stamps` the step counts what each call takes (TickSlots) and gives the same
/// bits. On `threads` threads at most, 0: as many as there are cores for; each function's code is the same on any
/// number of them.
CompiledProgram compile(const NestProgram& program, bool time_stamps = false, int threads = 0);

/// Text for dumps: LLVM IR, and assembly of the program's tier (also of tiers this machine cannot run).
std::string emit_llvm(const NestProgram& program);
/// Of the parts that so many threads compile, one behind the other.
std::string emit_assembly(const NestProgram& program, int threads = 1);

}  // namespace nnc
