// The operations of scalar_semantics.h that are more than one operator of C++: extrema, parts of a float's bits,
// wrapping integers.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "ir/scalar/scalars.h"

namespace nnc::semantics {

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

}  // namespace nnc::semantics
