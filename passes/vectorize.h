// vectorize: writes every kernel of a scheduled partition down as loop nests, once, for the exact shapes.
//
// Guarantees:
//   - Results lie in outputs and variables after a step; a variable is overwritten by the kernel that updates it.
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
    "vectorize", "write each kernel down as a loop nest with vectors, register tiles and masked tails",
    "after schedule, which says how a kernel runs; before plan, which needs to know every buffer and who uses it when",
    run_vectorize};

}  // namespace nnc
