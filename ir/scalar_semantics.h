// What each Scalar means on values of one element's own type: the single definition behind the nest interpreter and
// the contract of codegen/emit_scalar.cpp. docs/numerics.md states it in words. Float arithmetic is the machine's, in
// the operand's type, rounded to nearest; run it under FlushDenormals.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ir/scalars.h"

namespace nnc::semantics {

/// A bf16 as it lies in memory; computed with only after a cast.
struct Bfloat16 {
  uint16_t bits = 0;
};

template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
template <class T>
inline constexpr int kMantissaBits = std::numeric_limits<T>::digits - 1;
template <class T>
inline constexpr int kExponentBias = std::numeric_limits<T>::max_exponent - 1;

/// A NaN gives a NaN; equal operands (zeros of either sign too) give `b`.
template <class T>
T minimum(T a, T b) {
  return a != a ? a : (a < b ? a : b);
}
template <class T>
T maximum(T a, T b) {
  return a != a ? a : (a > b ? a : b);
}

/// −1, 0 or 1; zeros and NaN are their own sign.
template <class T>
T sign(T a) {
  return a > T(0) ? T(1) : (a < T(0) ? T(-1) : a);
}

/// Denormals are zeros here too, whatever the C library does with them.
template <class T>
T floor_of(T a) {
  if (std::fabs(a) < std::numeric_limits<T>::min()) return std::copysign(T(0), a);
  return std::floor(a);
}

template <class T>
T add_exponent(T a, T b) {
  return std::bit_cast<T>(
      static_cast<Bits<T>>(std::bit_cast<Bits<T>>(a) + (std::bit_cast<Bits<T>>(b) << kMantissaBits<T>)));
}
template <class T>
T exponent(T a) {
  auto field = (std::bit_cast<Bits<T>>(a) >> kMantissaBits<T>)&Bits<T>(2 * kExponentBias<T> + 1);
  return static_cast<T>(static_cast<int64_t>(field) - kExponentBias<T>);
}
template <class T>
T mantissa(T a) {
  Bits<T> fraction = std::bit_cast<Bits<T>>(a) & ((Bits<T>(1) << kMantissaBits<T>)-1);
  return std::bit_cast<T>(fraction | (Bits<T>(kExponentBias<T>) << kMantissaBits<T>));
}

/// i32 arithmetic wraps. A zero divisor gives 0; verified programs have none.
template <Scalar F>
int32_t integer(int32_t a, int32_t b) {
  auto x = static_cast<uint32_t>(a), y = static_cast<uint32_t>(b);
  if constexpr (F == Scalar::add) return static_cast<int32_t>(x + y);
  if constexpr (F == Scalar::subtract) return static_cast<int32_t>(x - y);
  if constexpr (F == Scalar::multiply) return static_cast<int32_t>(x * y);
  if constexpr (F == Scalar::divide) return b == 0 ? 0 : static_cast<int32_t>(int64_t{a} / b);
  if constexpr (F == Scalar::remainder) return b == 0 ? 0 : static_cast<int32_t>(int64_t{a} % b);
  if constexpr (F == Scalar::negate) return static_cast<int32_t>(0U - x);
  if constexpr (F == Scalar::absolute) return a < 0 ? static_cast<int32_t>(0U - x) : a;
  if constexpr (F == Scalar::floor) return a;
  if constexpr (F == Scalar::shift_left) return static_cast<int32_t>(y > 31 ? 0 : x << y);
  if constexpr (F == Scalar::shift_right_logical) return static_cast<int32_t>(y > 31 ? 0 : x >> y);
  if constexpr (F == Scalar::bit_and) return static_cast<int32_t>(x & y);
  if constexpr (F == Scalar::bit_or) return static_cast<int32_t>(x | y);
  if constexpr (F == Scalar::bit_xor) return static_cast<int32_t>(x ^ y);
  if constexpr (F == Scalar::multiply_high_unsigned) return static_cast<int32_t>((uint64_t{x} * y) >> 32);
  return 0;
}

/// Whether `evaluate<F, T>` means something.
template <Scalar F, class T>
constexpr bool defined() {
  constexpr bool logical = F == Scalar::logical_and || F == Scalar::logical_or || F == Scalar::logical_not;
  constexpr bool bitwise = F >= Scalar::shift_left && F <= Scalar::remainder;
  constexpr bool math = F >= Scalar::exp && F <= Scalar::power;
  constexpr bool floats = F == Scalar::square_root || F == Scalar::fused_multiply_add || F >= Scalar::add_exponent;
  if (F == Scalar::select || math) return false;
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

/// Towards zero, saturating; NaN is 0.
template <class To, class From>
To saturate(From value) {
  if (value != value) return 0;
  if (value <= static_cast<From>(std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  if (value >= static_cast<From>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
  return static_cast<To>(value);
}

/// Conversion between elements. To bf16 by way of f32, to nearest even.
template <class To, class From>
To cast(From value) {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (std::is_same_v<From, Bfloat16>) {
    return cast<To>(std::bit_cast<float>(uint32_t{value.bits} << 16));
  } else if constexpr (std::is_same_v<To, Bfloat16>) {
    auto single = static_cast<float>(value);
    auto bits = std::bit_cast<uint32_t>(single);
    bits = single != single ? bits | 0x400000U : bits + 0x7FFFU + ((bits >> 16) & 1U);
    return {static_cast<uint16_t>(bits >> 16)};
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From(0);
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return saturate<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

}  // namespace nnc::semantics
