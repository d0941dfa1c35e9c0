// What holds because a value comes from a byte: it has 256 values, and every one of them is tried.

#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "ir/graph/queries.h"
#include "passes/simplify/rule.h"

namespace nnc {

namespace {

/// Whether every element is a byte's value, converted and moved.
bool is_byte(Value value) {
  while (is_op(value, "reshape") || is_op(value, "permute") || is_op(value, "slice")) value = operand(value);
  return is_op(value, "cast") && operand(value).type().element == Element::u8;
}

/// 1 ÷ divisor as the sum of two floats: the first has 16 bits, so that its product with a byte is exact, and the
/// second is what is missing. Nothing where some byte's quotient comes out differently, or a product is denormal.
std::optional<std::pair<float, float>> split_reciprocal(float divisor) {
  double reciprocal = 1 / static_cast<double>(divisor);
  int exponent = 0;
  double fraction = std::frexp(reciprocal, &exponent);
  auto high = static_cast<float>(std::ldexp(std::trunc(std::ldexp(fraction, 16)), exponent - 16));
  auto low = static_cast<float>(reciprocal - static_cast<double>(high));
  if (!std::isnormal(high) || !std::isnormal(low)) return std::nullopt;
  for (int byte = 0; byte < 256; ++byte) {
    auto x = static_cast<float>(byte);
    float first = x * high, second = x * low;
    if (first + second != x / divisor || std::signbit(first + second) != std::signbit(x / divisor)) return std::nullopt;
  }
  return std::pair{high, low};
}

/// Two products and a sum are three times as fast as a division.
Value divide_byte(const Site& site) {
  const double* divisor = number_everywhere(site.in(1));
  if (divisor == nullptr || site.type().element != Element::f32 || !is_byte(site.in(0))) return {};
  auto parts = split_reciprocal(static_cast<float>(*divisor));
  if (!parts) return {};
  return site.in(0) * full(site.graph, static_cast<double>(parts->first), site.type()) +
         site.in(0) * full(site.graph, static_cast<double>(parts->second), site.type());
}

constexpr std::array kRules{
    Rule{"divide", "byte ÷ c = byte · high + byte · low, where all 256 quotients are the same", divide_byte},
};

}  // namespace

std::span<const Rule> byte_rules() { return kRules; }

}  // namespace nnc
