// What a function with a polynomial of its own is, beside its op: the program that kernels run, and its value and
// slopes in double, for the interpreter of graphs. ir/ops/functions/ has them.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "ir/scalar/math_builder.h"

namespace nnc {

struct MathFunction {
  std::string_view spelling = "";
  int arity = 1;
  math::Term (*polynomial)(std::span<const math::Term> x) = nullptr;
  double (*value)(std::span<const double> x) = nullptr;
  /// By each operand, at x with the value y. One that is exactly 0 passes nothing.
  std::array<double, 2> (*slopes)(std::span<const double> x, double y) = nullptr;
};

/// All of them, in the order of the enumeration.
std::span<const MathFunction> math_functions();
/// Of a function where is_math holds.
const MathFunction& math_function(Scalar function);

}  // namespace nnc
