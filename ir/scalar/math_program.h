// exp, log, tanh and their like as straight-line programs of machine operations: the one definition that the nest
// interpreter executes and codegen inlines, so that both give the same bits. Accuracy: ≤ 2 ULP (numerics.md).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/scalar/scalars.h"

namespace nnc {

using MathStepId = uint32_t;

struct MathStep {
  enum class Kind : uint8_t { operand, constant, apply, cast };
  Kind kind = Kind::constant;
  Element element = Element::f32;  ///< of the result
  double number = 0;               ///< of a constant; which operand of the function
  Scalar function = Scalar::add;   ///< of an apply, itself no math function
  std::vector<MathStepId> operands = {};
};

/// `steps` in order, operands before users, for as many lanes as the operands have. `result` is the value.
struct MathProgram {
  /// Steps first … end − 1 are for operands that hardly occur. Of them only selects on `when` are used after them, each
  /// with a third operand from before them: so where `when` is false in every lane, code may jump over them and go on
  /// with the third operands. What the program means is the same either way.
  struct Rare {
    MathStepId when = 0, first = 0, end = 0;
  };
  std::vector<MathStep> steps;
  MathStepId result = 0;
  std::optional<Rare> rare = {};
};

/// The program of a math function (info(function).is_math) for f32 or f64; with `fma` it uses fused_multiply_add, else
/// multiplies and adds.
MathProgram math_program(Scalar function, Element element, bool fma);

}  // namespace nnc
