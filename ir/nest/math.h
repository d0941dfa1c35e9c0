// exp, log, tanh and their like as straight-line programs of machine operations: the one definition that the nest
// interpreter executes and codegen inlines, so that both give the same bits. Accuracy: ≤ 2 ULP (numerics.md).
#pragma once

#include <optional>
#include <vector>

#include "ir/nest/nest.h"
#include "ir/nest/target.h"

namespace nnc {

/// `exprs` in order, operands before users. Kinds: `read` (operand number `reg.id`), constant, apply (no math
/// function), cast, bitcast. Every type has lanes == 1, to be read as "as many as the operands have". `result` is the
/// value.
struct MathProgram {
  /// Expressions first … end − 1 are for operands that hardly occur. Of them only selects on `when` are used after
  /// them, each with a third operand from before them: so where `when` is false in every lane, code may jump over them
  /// and go on with the third operands. What the program means is the same either way.
  struct Rare {
    ExprId when = 0, first = 0, end = 0;
  };
  std::vector<Expr> exprs;
  ExprId result = 0;
  std::optional<Rare> rare = {};
};

/// The program of a math function (info(function).is_math) for f32 or f64; with `fma` it uses fused_multiply_add, else
/// multiplies and adds.
MathProgram math_program(Scalar function, Element element, bool fma);

}  // namespace nnc
