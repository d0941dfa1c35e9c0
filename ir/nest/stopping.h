// Where a step may be abandoned, and about how long its parts take. What is saved when a training is stopped is what
// the last completed step left, so a step is given up only before its first call that writes a variable.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/nest/nest_program.h"

namespace nnc {

/// Whether a call, or any call of a stage, writes a variable.
bool writes_state(const NestProgram& program, const Call& call);
bool writes_state(const NestProgram& program, const Stage& stage);
/// Of the program's stages; all of them where none writes a variable.
size_t stages_before_first_write(const NestProgram& program);

/// Whether any loop of a kernel polls.
bool polls(const Kernel& kernel);

/// About how many instructions of its target a kernel runs: 1 for each vector that is loaded, stored or computed, 1 a
/// lane where lanes lie apart, those of its polynomial for a function.
struct KernelCost {
  int64_t all = 0;
  std::vector<int64_t> turn;  ///< by loop: of one turn
};
KernelCost cost_of(const Kernel& kernel, const Target& target, int64_t rows);
/// Of all calls of a stage, by the costs of the program's kernels.
int64_t cost_of(const Stage& stage, const std::vector<KernelCost>& kernels);
std::vector<KernelCost> costs_of_kernels(const NestProgram& program);

/// Compiled code does two to eight of them a nanosecond where its vectors are full and lie in a cache, and one in
/// several nanoseconds where each waits for memory.
constexpr double kInstructionsASecond = 2e9;

/// About how many seconds of a step its part from the first call that writes a variable to its end takes, compiled.
double seconds_behind_first_write(const NestProgram& program);

}  // namespace nnc
