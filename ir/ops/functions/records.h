// One record a function with a polynomial of its own, all of it in one file: the program that kernels run, its value
// and slopes in double, and its op with name, derivative and documentation. A new one is such a file, its enumerator
// (ir/scalar/scalars.h), and its record declared here and listed in records.cpp.
#pragma once

#include <vector>

#include "ir/graph/op.h"
#include "ir/scalar/math_function.h"

namespace nnc {

using Terms = std::span<const math::Term>;
using Numbers = std::span<const double>;
using Slopes = std::array<double, 2>;

struct MathRecord {
  Scalar scalar = Scalar::exp;
  MathFunction function;  ///< takes spelling and arity from the op
  Op op;
};

MathRecord exp_record();
MathRecord log_record();
MathRecord log1p_record();
MathRecord expm1_record();
MathRecord tanh_record();
MathRecord sigmoid_record();
MathRecord sin_record();
MathRecord cos_record();
MathRecord erf_record();
MathRecord power_record();
MathRecord atan2_record();

}  // namespace nnc
