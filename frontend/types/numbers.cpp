// Numbers that have not met a type yet: computed in double, as sizes where they are whole, and as f64 scalars of the
// compiled step where they depend on a setting or the step.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "frontend/types/tensors.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/interpret/scalar_tape.h"
#include "support/printable.h"

namespace nnc {

namespace {

std::vector<std::string> united(const Number& a, const Number& b) {
  std::vector<std::string> all = a.options;
  for (const std::string& name : b.options) {
    if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
  }
  return all;
}

/// The result as a size, when both are and it stays whole.
std::optional<Size> size_arithmetic(std::string_view op, const Size& a, const Size& b) {
  if (op == "add") return a + b;
  if (op == "subtract") return a - b;
  if (op == "multiply") return a * b;
  if (op == "divide") {
    if (std::optional<Size> exact = a.divided_by(b)) return exact;
    // A quotient of two numbers that is not whole is no size, one of the batch is known only when the step runs; any
    // other is checked at each call, where its sizes are numbers.
    if ((a.number() && b.number()) || b.number() == 0 || a.mentions("B") || b.mentions("B")) return std::nullopt;
    return Size::quotient(a, b);
  }
  std::optional<int64_t> exponent = b.number();
  if (op != "power" || !exponent || *exponent < 0 || *exponent > 8) return std::nullopt;
  Size power(1);
  for (int64_t i = 0; i < *exponent; ++i) power = power * a;
  return power;
}

}  // namespace

Number Number::of(double value) {
  Number number;
  number.known = printable(value);
  if (std::isfinite(value) && value == std::floor(value) && std::fabs(value) < 9007199254740992.0) {
    number.size = Size(static_cast<int64_t>(value));
  }
  return number;
}

Number Number::whole(const Size& size) {
  Number number;
  number.size = size;
  number.rows = size.mentions("B");
  if (std::optional<int64_t> value = size.number()) number.known = static_cast<double>(*value);
  return number;
}

Number Number::unknown() {
  Number number;
  number.runtime = true;
  return number;
}

Value TensorBuilder::scalar(const Number& number, Element element) const {
  if (graph == nullptr) return {};
  if (number.node) return nnc::cast(number.node, element);
  if (number.known) return constant(*graph, *number.known, element);
  if (number.size) {
    // A polynomial in B: its terms as size nodes.
    Value sum;
    for (const auto& [monomial, coefficient] : number.size->terms()) {
      Value term = constant(*graph, static_cast<double>(coefficient), Element::f64);
      for (const auto& [symbol, exponent] : monomial) {
        if (symbol != "B") throw Refusal{"E0701", fmt::format("the size '{}' is not known", symbol), ""};
        Value rows = size_of(*graph, Dim::rows(), Element::f64);
        for (int i = 0; i < exponent; ++i) term = coefficient == 1 && i == 0 ? rows : term * rows;
      }
      sum = sum ? sum + term : term;
    }
    return nnc::cast(sum ? sum : constant(*graph, 0, Element::f64), element);
  }
  throw Refusal{"E0701", "this number is not known at compile time", ""};
}

Number TensorBuilder::arithmetic(std::string_view op, const Number& a, const Number& b) const {
  Number result;
  result.options = united(a, b);
  result.runtime = a.runtime || b.runtime;
  result.rows = a.rows || b.rows;
  result.either = a.either || b.either;
  if (a.known && b.known) result.known = printable(apply_op(nnc::op(op), std::array{*a.known, *b.known}));
  if (a.size && b.size && !result.runtime) result.size = size_arithmetic(op, *a.size, *b.size);
  if (result.known && !result.runtime && !result.size) result.size = Number::of(*result.known).size;
  bool symbolic = (!a.known && !a.runtime) || (!b.known && !b.runtime);
  if (!result.runtime && symbolic && !result.size) result.runtime = true;  // such as 1 / B
  if (result.runtime && graph != nullptr) {
    result.node = binary(op, scalar(a, Element::f64), scalar(b, Element::f64));
  }
  return result;
}

Number TensorBuilder::function(std::string_view op, const Number& x) const {
  Number result;
  if (op == "negate") return arithmetic("subtract", Number::of(0), x);
  if (op == "absolute" && x.known && *x.known >= 0) return x;
  if (x.known) result.known = printable(apply_op(nnc::op(op), std::array{*x.known}));
  if (x.known && !x.runtime) return Number::of(*result.known);
  result.options = x.options;
  result.rows = x.rows;
  result.either = x.either;
  result.runtime = true;
  if (graph != nullptr) result.node = unary(op, scalar(x, Element::f64));
  return result;
}

TypedTensor TensorBuilder::meet(const Number& number, Base base) const {
  bool integer = base == Base::i32 || base == Base::u8 || base == Base::label;
  if (base == Base::boolean) throw Refusal{"E0401", "a number is not a bool", "compare it: x != 0"};
  if (integer && number.known && *number.known != std::floor(*number.known)) {
    throw Refusal{"E0402", fmt::format("{} is not whole, and {} is wanted here", *number.known, spelling(base)), ""};
  }
  if (integer && number.known && std::fabs(*number.known) > 2147483647.0) {
    throw Refusal{"E0402", fmt::format("{} does not fit into i32", *number.known), ""};
  }
  TensorType type(base, {});
  TypedTensor result{type, scalar(number, element_of(base, precision))};
  if (number.rows) result.rows.mixed = "the number of rows in a batch";
  return result;
}

TypedTensor TensorBuilder::meet(const std::vector<Number>& numbers, const Axes& axes, Base base) const {
  TypedTensor result{TensorType(base, axes), {}};
  std::vector<Value> parts;
  for (const Number& number : numbers) {
    const TypedTensor one = meet(number, base);
    if (!one.rows.mixed.empty()) result.rows = one.rows;
    if (graph != nullptr) parts.push_back(nnc::reshape(one.node, {Dim(1)}));
  }
  if (graph != nullptr) result.node = nnc::reshape(nnc::concat(parts, 0), known_shape(axes));
  return result;
}

}  // namespace nnc
