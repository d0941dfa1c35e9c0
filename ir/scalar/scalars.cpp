#include "ir/scalar/scalars.h"

#include <array>
#include <vector>

#include "ir/scalar/math_function.h"

namespace nnc {

namespace {

constexpr ScalarInfo plain(Scalar function, std::string_view spelling, int arity) {
  return {function, spelling, arity, false, false};
}
constexpr ScalarInfo truth(Scalar function, std::string_view spelling, int arity) {
  return {function, spelling, arity, false, true};
}

/// All that need no polynomial.
constexpr std::array kPlain{
    plain(Scalar::add, "add", 2),
    plain(Scalar::subtract, "subtract", 2),
    plain(Scalar::multiply, "multiply", 2),
    plain(Scalar::divide, "divide", 2),
    plain(Scalar::negate, "negate", 1),
    plain(Scalar::absolute, "absolute", 1),
    plain(Scalar::sign, "sign", 1),
    plain(Scalar::floor, "floor", 1),
    plain(Scalar::minimum, "minimum", 2),
    plain(Scalar::maximum, "maximum", 2),
    plain(Scalar::square_root, "sqrt", 1),
    truth(Scalar::equal, "equal", 2),
    truth(Scalar::not_equal, "not_equal", 2),
    truth(Scalar::less, "less", 2),
    truth(Scalar::less_equal, "less_equal", 2),
    truth(Scalar::greater, "greater", 2),
    truth(Scalar::greater_equal, "greater_equal", 2),
    truth(Scalar::logical_and, "logical_and", 2),
    truth(Scalar::logical_or, "logical_or", 2),
    truth(Scalar::logical_not, "logical_not", 1),
    plain(Scalar::select, "select", 3),
    plain(Scalar::fused_multiply_add, "fma", 3),
    plain(Scalar::shift_left, "shift_left", 2),
    plain(Scalar::shift_right_logical, "shift_right", 2),
    plain(Scalar::bit_and, "bit_and", 2),
    plain(Scalar::bit_or, "bit_or", 2),
    plain(Scalar::bit_xor, "bit_xor", 2),
    plain(Scalar::multiply_high_unsigned, "multiply_high", 2),
    plain(Scalar::remainder, "remainder", 2),
    plain(Scalar::add_exponent, "add_exponent", 2),
    plain(Scalar::exponent, "exponent", 1),
    plain(Scalar::mantissa, "mantissa", 1),
};

/// By the enumeration.
std::vector<ScalarInfo> all_scalars() {
  std::vector<ScalarInfo> all(static_cast<size_t>(Scalar::mantissa) + 1);
  for (const ScalarInfo& each : kPlain) all[static_cast<size_t>(each.function)] = each;
  auto next = static_cast<size_t>(Scalar::select) + 1;
  for (const MathFunction& each : math_functions()) {
    all[next] = {static_cast<Scalar>(next), each.spelling, each.arity, true, false};
    ++next;
  }
  return all;
}

const std::vector<ScalarInfo>& scalars() {
  static const std::vector<ScalarInfo> all = all_scalars();
  return all;
}

}  // namespace

const ScalarInfo& info(Scalar function) { return scalars()[static_cast<size_t>(function)]; }

std::optional<Scalar> parse_scalar(std::string_view text) {
  for (const ScalarInfo& entry : scalars()) {
    if (entry.spelling == text) return entry.function;
  }
  return std::nullopt;
}

ScalarValue Scalars::call(Scalar function, ScalarValue a, ScalarValue b) {
  std::array operands{a, b};
  return apply(function, operands);
}

ScalarValue Scalars::call(Scalar function, ScalarValue a, ScalarValue b, ScalarValue c) {
  std::array operands{a, b, c};
  return apply(function, operands);
}

namespace {
/// The constant in the element type of the value that it meets.
ScalarValue beside(ScalarValue value, double number) {
  return value.owner->constant(number, value.owner->element(value));
}
}  // namespace

ScalarValue operator+(ScalarValue a, ScalarValue b) { return a.owner->call(Scalar::add, a, b); }
ScalarValue operator-(ScalarValue a, ScalarValue b) { return a.owner->call(Scalar::subtract, a, b); }
ScalarValue operator*(ScalarValue a, ScalarValue b) { return a.owner->call(Scalar::multiply, a, b); }
ScalarValue operator/(ScalarValue a, ScalarValue b) { return a.owner->call(Scalar::divide, a, b); }
ScalarValue operator-(ScalarValue a) { return a.owner->call(Scalar::negate, a); }
ScalarValue operator+(ScalarValue a, double b) { return a + beside(a, b); }
ScalarValue operator-(double a, ScalarValue b) { return beside(b, a) - b; }
ScalarValue operator*(double a, ScalarValue b) { return beside(b, a) * b; }

}  // namespace nnc
