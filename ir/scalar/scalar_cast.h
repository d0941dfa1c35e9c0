// Conversion of one value from an element to another: part of what scalar_semantics.h defines.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace nnc::semantics {

/// A bf16 as it lies in memory; computed with only after a cast.
struct Bfloat16 {
  uint16_t bits = 0;
};

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
