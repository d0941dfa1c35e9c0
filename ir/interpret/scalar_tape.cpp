#include "ir/interpret/scalar_tape.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "ir/graph/convert.h"
#include "ir/scalar/math_function.h"
#include "support/error.h"

namespace nnc {

namespace {

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : x; }
double minimum(double a, double b) { return std::isnan(a) ? a : a < b ? a : b; }
double maximum(double a, double b) { return std::isnan(a) ? a : a > b ? a : b; }

double compute(Scalar function, std::span<const double> x) {
  if (is_math(function)) return math_function(function).value(x);
  switch (function) {
    case Scalar::add: return x[0] + x[1];
    case Scalar::subtract: return x[0] - x[1];
    case Scalar::multiply: return x[0] * x[1];
    case Scalar::divide: return x[0] / x[1];
    case Scalar::negate: return -x[0];
    case Scalar::absolute: return std::fabs(x[0]);
    case Scalar::sign: return sign(x[0]);
    case Scalar::floor: return std::floor(x[0]);
    case Scalar::minimum: return minimum(x[0], x[1]);
    case Scalar::maximum: return maximum(x[0], x[1]);
    case Scalar::square_root: return std::sqrt(x[0]);
    case Scalar::equal: return x[0] == x[1];
    case Scalar::not_equal: return x[0] != x[1];
    case Scalar::less: return x[0] < x[1];
    case Scalar::less_equal: return x[0] <= x[1];
    case Scalar::greater: return x[0] > x[1];
    case Scalar::greater_equal: return x[0] >= x[1];
    case Scalar::logical_and: return x[0] != 0 && x[1] != 0;
    case Scalar::logical_or: return x[0] != 0 || x[1] != 0;
    case Scalar::logical_not: return x[0] == 0;
    case Scalar::select: return x[0] != 0 ? x[1] : x[2];
    default: internal_error(fmt::format("'{}' has no meaning on tensors", info(function).spelling));
  }
}

/// i32 arithmetic that may leave its range; everything else is exact in double.
double compute_i32(Scalar function, std::span<const double> x) {
  if (function == Scalar::multiply) {
    int64_t exact = static_cast<int64_t>(x[0]) * static_cast<int64_t>(x[1]);
    return static_cast<int32_t>(static_cast<uint32_t>(static_cast<uint64_t>(exact)));
  }
  return wrap_i32(compute(function, x)) + 0.0;  // no −0 among integers
}

/// Slopes of functions of one number, at x with the result y.
double slope(Scalar function, double x, double y) {
  switch (function) {
    case Scalar::negate: return -1;
    case Scalar::absolute: return sign(x);
    case Scalar::square_root: return 0.5 / y;
    default: return 0;  // sign, floor, logic
  }
}

/// tangent · slope, and 0 where there is no tangent: a direction that does not move meets no pole.
double moved(double tangent, double by) { return tangent == 0 ? 0 : tangent * by; }

double math_tangent(Scalar function, std::span<const Dual> x, double y) {
  std::array<double, 2> values{};
  for (size_t i = 0; i < x.size(); ++i) values[i] = x[i].value;
  const std::array<double, 2> slopes = math_function(function).slopes({values.data(), x.size()}, y);
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += slopes[i] == 0 ? 0 : moved(x[i].tangent, slopes[i]);
  return sum;
}

double extremum_tangent(Dual a, Dual b, bool first) {
  return a.value == b.value ? 0.5 * (a.tangent + b.tangent) : first ? a.tangent : b.tangent;
}

double tangent_of(Scalar function, std::span<const Dual> x, double y) {
  if (is_math(function)) return math_tangent(function, x, y);
  switch (function) {
    case Scalar::add: return x[0].tangent + x[1].tangent;
    case Scalar::subtract: return x[0].tangent - x[1].tangent;
    case Scalar::multiply: return moved(x[0].tangent, x[1].value) + moved(x[1].tangent, x[0].value);
    case Scalar::divide: return moved(x[0].tangent, 1 / x[1].value) - moved(x[1].tangent, y / x[1].value);
    case Scalar::minimum: return extremum_tangent(x[0], x[1], x[0].value < x[1].value);
    case Scalar::maximum: return extremum_tangent(x[0], x[1], x[0].value > x[1].value);
    case Scalar::select: return x[0].value != 0 ? x[1].tangent : x[2].tangent;
    default: return x.size() == 1 ? moved(x[0].tangent, slope(function, x[0].value, y)) : 0;
  }
}

Dual as_number(double value, Dual) { return {value, 0}; }
double as_number(double value, double) { return value; }

double converted(double value, Element to, bool round) { return is_float(to) && !round ? value : convert(value, to); }
Dual converted(Dual number, Element to, bool round) {
  return {converted(number.value, to, round), is_float(to) ? number.tangent : 0};
}

}  // namespace

double apply_scalar(Scalar function, std::span<const double> operands, Element element) {
  return element == Element::i32 ? compute_i32(function, operands) : compute(function, operands);
}

Dual apply_scalar(Scalar function, std::span<const Dual> operands, Element element) {
  std::array<double, 3> values{};
  for (size_t i = 0; i < operands.size(); ++i) values[i] = operands[i].value;
  double y = apply_scalar(function, std::span<const double>(values.data(), operands.size()), element);
  return {y, is_float(element) ? tangent_of(function, operands, y) : 0};
}

ScalarTape::ScalarTape(const Node& node, std::span<const Element> operands) {
  std::vector<ScalarValue> handles;
  for (Element element : operands) handles.push_back(push({.kind = Kind::operand, .element = element}));
  result_ = node.op->scalar(*this, handles, node).id;
}

ScalarValue ScalarTape::push(Step step) {
  steps_.push_back(std::move(step));
  return {this, static_cast<uint32_t>(steps_.size() - 1)};
}

ScalarValue ScalarTape::constant(double value, Element element) {
  return push({.kind = Kind::constant, .element = element, .number = convert(value, element)});
}

ScalarValue ScalarTape::apply(Scalar function, std::span<const ScalarValue> operands) {
  NNC_ASSERT(operands.size() == static_cast<size_t>(info(function).arity),
             fmt::format("'{}' of {} operands", info(function).spelling, operands.size()));
  Step step{.kind = Kind::apply, .element = steps_[operands.back().id].element, .function = function};
  if (info(function).is_boolean) step.element = Element::boolean;
  for (const ScalarValue& operand : operands) step.operands.push_back(operand.id);
  return push(std::move(step));
}

ScalarValue ScalarTape::cast(ScalarValue value, Element element) {
  return push({.kind = Kind::cast, .element = element, .operands = {value.id}});
}

template <class Number>
Number ScalarTape::run(std::span<const Number> operands, std::span<Number> slots) const {
  std::array<Number, 3> values{};
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    switch (step.kind) {
      case Kind::operand: slots[i] = operands[i]; break;
      case Kind::constant: slots[i] = as_number(step.number, Number{}); break;
      case Kind::cast: slots[i] = converted(slots[step.operands[0]], step.element, round); break;
      case Kind::apply:
        for (size_t k = 0; k < step.operands.size(); ++k) values[k] = slots[step.operands[k]];
        slots[i] =
            apply_scalar(step.function, std::span<const Number>(values.data(), step.operands.size()), step.element);
        break;
    }
  }
  return slots[result_];
}

double apply_op(const Op& op, std::span<const double> operands) {
  Node node;
  node.op = &op;
  std::vector<Element> elements(operands.size(), Element::f64);
  ScalarTape tape(node, elements);
  std::vector<double> slots(tape.slots());
  return tape.run<double>(operands, slots);
}

template double ScalarTape::run(std::span<const double>, std::span<double>) const;
template Dual ScalarTape::run(std::span<const Dual>, std::span<Dual>) const;

}  // namespace nnc
