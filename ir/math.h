// exp, log, tanh and their like as straight-line programs of machine operations: the one definition that the nest
// interpreter executes and codegen inlines, so that both give the same bits. Accuracy: ≤ 2 ULP (numerics.md).
#pragma once

#include <vector>

#include "ir/nest.h"
#include "ir/target.h"

namespace nnc {

/// `exprs` in order, operands before users. Kinds: `read` (operand number `reg.id`), constant, apply (no math
/// function), cast, bitcast. Every type has lanes == 1, to be read as "as many as the operands have". `result` is the
/// value.
struct MathProgram {
  std::vector<Expr> exprs;
  ExprId result = 0;
};

/// The program of a math function (info(function).is_math) for f32 or f64; with `fma` it uses fused_multiply_add, else
/// multiplies and adds.
MathProgram math_program(Scalar function, Element element, bool fma);

}  // namespace nnc
