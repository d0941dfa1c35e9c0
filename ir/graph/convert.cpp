#include "ir/graph/convert.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace nnc {

namespace {

double to_bf16(double value) {
  auto narrow = static_cast<float>(value);
  if (std::isnan(narrow)) return value;
  auto bits = std::bit_cast<uint32_t>(narrow);
  bits += 0x7fffU + ((bits >> 16) & 1U);  // to nearest, ties to even; a carry into the exponent rounds up rightly
  return std::bit_cast<float>(bits & 0xffff0000U);
}

double to_integer(double value, double low, double high) {
  if (std::isnan(value)) return 0;
  return std::clamp(std::trunc(value), low, high) + 0.0;
}

}  // namespace

double convert(double value, Element element) {
  switch (element) {
    case Element::f64: return value;
    case Element::f32: return static_cast<double>(static_cast<float>(value));
    case Element::bf16: return to_bf16(value);
    case Element::i32: return to_integer(value, INT32_MIN, INT32_MAX);
    case Element::u8: return to_integer(value, 0, 255);
    case Element::boolean: return value != 0 ? 1 : 0;
  }
  return value;
}

double wrap_i32(double value) {
  if (value >= INT32_MIN && value <= INT32_MAX) return value;
  double turns = std::floor((value - static_cast<double>(INT32_MIN)) / 4294967296.0);
  return value - turns * 4294967296.0;
}

}  // namespace nnc
