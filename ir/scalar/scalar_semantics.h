// What each Scalar means on values of one element's own type: the single definition behind the nest interpreter and
// the contract of codegen/emit_scalar.cpp. docs/numerics.md states it in words. Float arithmetic is the machine's, in
// the operand's type, rounded to nearest; run it under FlushDenormals.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "ir/scalar/scalar_cast.h"
#include "ir/scalar/scalar_operations.h"
#include "ir/scalar/scalars.h"

namespace nnc::semantics {

/// Whether `evaluate<F, T>` means something.
template <Scalar F, class T>
constexpr bool defined() {
  constexpr bool logical = F == Scalar::logical_and || F == Scalar::logical_or || F == Scalar::logical_not;
  constexpr bool bitwise = F >= Scalar::shift_left && F <= Scalar::remainder;
  constexpr bool floats = F == Scalar::square_root || F == Scalar::fused_multiply_add || F >= Scalar::add_exponent;
  if (F == Scalar::select || is_math(F)) return false;
  if constexpr (std::is_same_v<T, bool>) return logical || F == Scalar::equal || F == Scalar::not_equal;
  if constexpr (std::is_floating_point_v<T>) return !logical && !bitwise;
  return std::is_same_v<T, int32_t> && !logical && !floats;
}

/// Every function but select and the polynomials; unused operands are ignored.
template <Scalar F, class T>
auto evaluate(T a, T b, T c) {
  static_assert(defined<F, T>());
  if constexpr (F == Scalar::equal)
    return a == b;
  else if constexpr (F == Scalar::not_equal)
    return a != b;
  else if constexpr (F == Scalar::less)
    return a < b;
  else if constexpr (F == Scalar::less_equal)
    return a <= b;
  else if constexpr (F == Scalar::greater)
    return a > b;
  else if constexpr (F == Scalar::greater_equal)
    return a >= b;
  else if constexpr (F == Scalar::logical_and)
    return a && b;
  else if constexpr (F == Scalar::logical_or)
    return a || b;
  else if constexpr (F == Scalar::logical_not)
    return !a;
  else if constexpr (F == Scalar::minimum)
    return minimum(a, b);
  else if constexpr (F == Scalar::maximum)
    return maximum(a, b);
  else if constexpr (F == Scalar::sign)
    return sign(a);
  else if constexpr (std::is_same_v<T, int32_t>)
    return integer<F>(a, b);
  else if constexpr (F == Scalar::add)
    return a + b;
  else if constexpr (F == Scalar::subtract)
    return a - b;
  else if constexpr (F == Scalar::multiply)
    return a * b;
  else if constexpr (F == Scalar::divide)
    return a / b;
  else if constexpr (F == Scalar::negate)
    return -a;
  else if constexpr (F == Scalar::absolute)
    return std::fabs(a);
  else if constexpr (F == Scalar::floor)
    return floor_of(a);
  else if constexpr (F == Scalar::square_root)
    return std::sqrt(a);
  else if constexpr (F == Scalar::fused_multiply_add)
    return std::fma(a, b, c);
  else if constexpr (F == Scalar::add_exponent)
    return add_exponent(a, b);
  else if constexpr (F == Scalar::exponent)
    return exponent(a);
  else
    return mantissa(a);
}

}  // namespace nnc::semantics
