// vectorize: lowers every kernel of a partition to loop nests for the target and the exact shapes.
//
// Guarantees:
//   - Results lie in outputs and variables after a step; a variable is overwritten where its new value is made when
//     nobody reads the old one later, else by a copy at the end of the step.
//   - The FiniteCheck follows the kernel that makes the result `loss`; nothing before it writes a variable.
//   - With PassOptions.exact the rows of a batch are the constant `capacity`; else loops over them end at `rows`. Both
//     sets give the same bits for the same rows: no order of summation depends on the number of rows or on `exact`.
//   - Kernels that are equal but for names are one, called with other buffers.
#pragma once

#include "passes/pass.h"

namespace nnc {

NestProgram vectorize(const Partition& partition, const PassOptions& options);

StageValue run_vectorize(const StageValue& program, const PassOptions& options);
inline constexpr Pass kVectorize{
    "vectorize", "lower each kernel to a loop nest with vectors, register tiles and masked tails",
    "after fuse, which says what a kernel is; before plan, which needs to know every buffer and who uses it when",
    run_vectorize};

}  // namespace nnc
