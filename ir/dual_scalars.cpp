#include "ir/dual_scalars.h"

#include <cmath>
#include <numbers>

#include "ir/convert.h"
#include "support/error.h"

namespace nnc {

namespace {

/// slope · tangent, where no tangent means no contribution whatever the slope is.
double along(double slope, double tangent) { return tangent == 0 ? 0 : slope * tangent; }

double sign_of(double a) { return a > 0 ? 1 : a < 0 ? -1 : a; }

/// Half and half on a tie; a NaN wins.
Dual extremum(Dual a, Dual b, bool greatest) {
  if (std::isnan(a.value)) return a;
  if (std::isnan(b.value)) return b;
  if (a.value == b.value) return {b.value, 0.5 * (a.tangent + b.tangent)};
  return (a.value > b.value) == greatest ? a : b;
}

Dual power(Dual a, Dual b) {
  double value = std::pow(a.value, b.value);
  double by_base = b.value == 0 ? 0 : b.value * std::pow(a.value, b.value - 1);
  double by_exponent = a.value == 0 && b.value > 0 ? 0 : value * std::log(a.value);
  return {value, along(by_base, a.tangent) + along(by_exponent, b.tangent)};
}

double sigmoid(double a) { return a >= 0 ? 1 / (1 + std::exp(-a)) : std::exp(a) / (1 + std::exp(a)); }

Dual of_one(Scalar function, Dual a) {
  double x = a.value, t = a.tangent;
  switch (function) {
    case Scalar::negate: return {-x, -t};
    case Scalar::absolute: return {std::fabs(x), along(sign_of(x), t)};
    case Scalar::sign: return {sign_of(x), 0};
    case Scalar::floor: return {std::floor(x), 0};
    case Scalar::square_root: return {std::sqrt(x), along(0.5 / std::sqrt(x), t)};
    case Scalar::logical_not: return {x == 0 ? 1.0 : 0.0, 0};
    case Scalar::exp: return {std::exp(x), along(std::exp(x), t)};
    case Scalar::log: return {std::log(x), along(1 / x, t)};
    case Scalar::log1p: return {std::log1p(x), along(1 / (1 + x), t)};
    case Scalar::expm1: return {std::expm1(x), along(std::exp(x), t)};
    case Scalar::tanh: return {std::tanh(x), along(1 - std::tanh(x) * std::tanh(x), t)};
    case Scalar::sigmoid: return {sigmoid(x), along(sigmoid(x) * sigmoid(-x), t)};
    case Scalar::sin: return {std::sin(x), along(std::cos(x), t)};
    case Scalar::cos: return {std::cos(x), along(-std::sin(x), t)};
    case Scalar::erf: return {std::erf(x), along(2 * std::numbers::inv_sqrtpi * std::exp(-x * x), t)};
    default: internal_error("interpreter: no such function of one number");
  }
}

Dual of_two(Scalar function, Dual a, Dual b) {
  auto truth = [](bool value) { return Dual{value ? 1.0 : 0.0, 0}; };
  switch (function) {
    case Scalar::add: return {a.value + b.value, a.tangent + b.tangent};
    case Scalar::subtract: return {a.value - b.value, a.tangent - b.tangent};
    case Scalar::multiply: return {a.value * b.value, along(b.value, a.tangent) + along(a.value, b.tangent)};
    case Scalar::divide:
      return {a.value / b.value, along(1 / b.value, a.tangent) - along(a.value / (b.value * b.value), b.tangent)};
    case Scalar::minimum: return extremum(a, b, false);
    case Scalar::maximum: return extremum(a, b, true);
    case Scalar::power: return power(a, b);
    case Scalar::equal: return truth(a.value == b.value);
    case Scalar::not_equal: return truth(a.value != b.value);
    case Scalar::less: return truth(a.value < b.value);
    case Scalar::less_equal: return truth(a.value <= b.value);
    case Scalar::greater: return truth(a.value > b.value);
    case Scalar::greater_equal: return truth(a.value >= b.value);
    case Scalar::logical_and: return truth(a.value != 0 && b.value != 0);
    case Scalar::logical_or: return truth(a.value != 0 || b.value != 0);
    default: internal_error("interpreter: no such function of two numbers");
  }
}

/// i32 wraps; its quotient truncates, and is 0 by 0.
double whole(Scalar function, Dual a, Dual b, double value) {
  if (function == Scalar::divide) return b.value == 0 ? 0 : wrap_i32(std::trunc(a.value / b.value));
  if (function == Scalar::multiply) {
    auto product =
        static_cast<uint64_t>(static_cast<int64_t>(a.value)) * static_cast<uint64_t>(static_cast<int64_t>(b.value));
    return static_cast<int32_t>(static_cast<uint32_t>(product));
  }
  return wrap_i32(value);
}

}  // namespace

ScalarValue DualScalars::add(Dual dual, Element element) {
  values_.push_back(dual);
  elements_.push_back(element);
  return {this, static_cast<uint32_t>(values_.size() - 1)};
}

void DualScalars::clear() {
  values_.clear();
  elements_.clear();
}

ScalarValue DualScalars::constant(double value, Element element) { return add({value, 0}, element); }

ScalarValue DualScalars::apply(Scalar function, std::span<const ScalarValue> operands) {
  Dual a = dual(operands[0]);
  if (function == Scalar::select) return add(dual(operands[a.value != 0 ? 1 : 2]), element(operands[1]));
  Element type = element(operands[0]);
  Dual result = operands.size() == 1 ? of_one(function, a) : of_two(function, a, dual(operands[1]));
  if (info(function).is_boolean) return add(result, Element::boolean);
  if (type == Element::i32) {
    Dual b = operands.size() == 1 ? Dual{} : dual(operands[1]);
    result = {whole(operands.size() == 1 ? Scalar::add : function, a, b, result.value), 0};
  }
  return add(result, type);
}

ScalarValue DualScalars::cast(ScalarValue value, Element to) {
  Dual from = dual(value);
  if (is_float(to)) return add({from.value, is_float(element(value)) ? from.tangent : 0}, to);
  return add({convert(from.value, to), 0}, to);
}

}  // namespace nnc
