#include "ir/graph/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "ir/graph/convert.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "support/error.h"

namespace nnc {

namespace {

Value make(std::string_view name, std::span<const Value> operands, Attributes attributes = {}) {
  NNC_ASSERT(!operands.empty() && operands[0], fmt::format("'{}' of a null value", name));
  return operands[0].graph->add(op(name), operands, std::move(attributes));
}

Value make(std::string_view name, std::initializer_list<Value> operands, Attributes attributes = {}) {
  return make(name, std::span<const Value>(operands.begin(), operands.size()), std::move(attributes));
}

Value like(double number, Value other) { return full(*other.graph, number, other.type()); }

bool is_identity(std::span<const int64_t> order) {
  for (size_t i = 0; i < order.size(); ++i) {
    if (order[i] != static_cast<int64_t>(i)) return false;
  }
  return true;
}

/// a^n by repeated squaring.
Value whole_power(Value a, int n) {
  if (n == 1) return a;
  Value half = whole_power(a, n / 2);
  Value square = half * half;
  return n % 2 == 0 ? square : square * a;
}

/// power(a, b) for a constant whole b of up to 8, as products.
std::optional<Value> as_products(Value a, Value b) {
  const double* exponent = number_everywhere(b);
  if (exponent == nullptr || *exponent != std::floor(*exponent) || std::fabs(*exponent) > 8) return std::nullopt;
  int n = static_cast<int>(*exponent);
  if (n == 0) return like(1, a);
  Value product = whole_power(a, std::abs(n));
  return n > 0 ? product : like(1, a) / product;
}

}  // namespace

Value constant(Graph& graph, double value, Element element) {
  return graph.add(op("constant"), {}, written(ConstantAttributes{convert(value, element), element}));
}

Value full(Graph& graph, double value, const Type& type) {
  return broadcast_scalar(constant(graph, value, type.element), type.shape);
}

Value variable(Graph& graph, std::string path, const Type& type) {
  std::string name = path;
  Value leaf = graph.add(op("variable"), {}, written(NamedAttributes{std::move(path), type.element, type.shape}));
  graph.set_name(leaf.id, std::move(name));
  return leaf;
}

Value input(Graph& graph, InputRole role, std::string path, const Type& type) {
  std::string name = path;
  InputAttributes attributes{.role = role, .path = std::move(path), .element = type.element, .shape = type.shape};
  Value leaf = graph.add(op("input"), {}, written(attributes));
  graph.set_name(leaf.id, std::move(name));
  return leaf;
}

Value named_input(Graph& graph, InputRole role, std::string_view name, const Type& type) {
  return input(graph, role, input_path(role, name), type);
}

Value body_input(Graph& graph, std::string name, int64_t index, const Type& type) {
  InputAttributes attributes{.path = name, .index = index, .element = type.element, .shape = type.shape};
  Value leaf = graph.add(op("input"), {}, written(attributes));
  graph.set_name(leaf.id, std::move(name));
  return leaf;
}

Value iota(Graph& graph, const Type& type, int axis) {
  return graph.add(op("iota"), {}, written(IotaAttributes{axis, type.element, type.shape}));
}

Value size_of(Graph& graph, const Dim& dim, Element element) {
  if (dim.constant()) return constant(graph, static_cast<double>(dim.count), element);
  return graph.add(op("size"), {}, written(SizeAttributes{dim, element}));
}

Value random_uniform(Value seed, Value step, std::string path, const Type& type) {
  return make("random_uniform", {seed, step}, written(NamedAttributes{std::move(path), type.element, type.shape}));
}

Value operator+(Value a, Value b) { return make("add", {a, b}); }
Value operator-(Value a, Value b) { return make("subtract", {a, b}); }
Value operator*(Value a, Value b) { return make("multiply", {a, b}); }
Value operator/(Value a, Value b) { return make("divide", {a, b}); }
Value operator-(Value a) { return make("negate", {a}); }
Value operator+(Value a, double b) { return a + like(b, a); }
Value operator+(double a, Value b) { return like(a, b) + b; }
Value operator-(Value a, double b) { return a - like(b, a); }
Value operator-(double a, Value b) { return like(a, b) - b; }
Value operator*(Value a, double b) { return b == 1 ? a : a * like(b, a); }
Value operator*(double a, Value b) { return a == 1 ? b : like(a, b) * b; }
Value operator/(Value a, double b) { return b == 1 ? a : a / like(b, a); }
Value operator/(double a, Value b) { return like(a, b) / b; }

Value unary(std::string_view name, Value a) { return make(name, {a}); }

Value binary(std::string_view name, Value a, Value b) {
  if (&op(name) == &op("power")) {
    if (std::optional<Value> products = as_products(a, b)) return *products;
  }
  return make(name, {a, b});
}

Value select(Value condition, Value if_true, Value if_false) {
  if (if_true == if_false) return if_true;
  return make("select", {condition, if_true, if_false});
}

Value cast(Value a, Element element) {
  return a.type().element == element ? a : make("cast", {a}, written(CastAttributes{element}));
}

Value stop_gradient(Value a) { return make("stop_gradient", {a}); }

Value separate(Value a, int64_t number) { return make("separate", {a}, written(SeparateAttributes{number})); }

Value broadcast(Value a, const Shape& shape, std::span<const int64_t> axes) {
  if (a.type().shape == shape && is_identity(axes)) return a;
  const Node& node = a.graph->node(a.id);
  if (node.op == &op("broadcast")) {  // of a broadcast: one of the origin
    std::vector<int64_t> direct;
    for (int64_t axis : view<BroadcastAttributes>(node).axes) direct.push_back(axes[static_cast<size_t>(axis)]);
    return broadcast(a.graph->value(node.operands[0]), shape, direct);
  }
  return make("broadcast", {a}, written(BroadcastAttributes{{axes.begin(), axes.end()}, shape}));
}

Value broadcast_scalar(Value a, const Shape& shape) {
  NNC_ASSERT(a.type().rank() == 0, "only a scalar is broadcast without axes: " + to_string(a.type()));
  return broadcast(a, shape, {});
}

Value reshape(Value a, const Shape& shape) {
  return a.type().shape == shape ? a : make("reshape", {a}, written(ReshapeAttributes{shape}));
}

Value permute(Value a, std::span<const int64_t> order) {
  if (is_identity(order) && order.size() == a.type().shape.size()) return a;
  return make("permute", {a}, written(PermuteAttributes{{order.begin(), order.end()}}));
}

std::vector<int64_t> inverse_order(std::span<const int64_t> order) {
  std::vector<int64_t> inverse(order.size());
  for (size_t i = 0; i < order.size(); ++i) inverse[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  return inverse;
}

Value slice(Value a, int axis, int64_t begin, int64_t end, int64_t step) {
  bool inside = axis >= 0 && axis < a.type().rank();
  if (inside && begin == 0 && step == 1 && a.type().shape[static_cast<size_t>(axis)] == Dim(end)) return a;
  return make("slice", {a}, written(SliceAttributes{axis, begin, end, step}));
}

Value concat(std::span<const Value> parts, int axis) {
  return parts.size() == 1 ? parts[0] : make("concat", parts, written(AxisAttributes{axis}));
}

Value reverse(Value a, int axis) {
  bool inside = axis >= 0 && axis < a.type().rank();
  if (inside && a.type().shape[static_cast<size_t>(axis)] == Dim(1)) return a;
  return make("reverse", {a}, written(AxisAttributes{axis}));
}

Value pad(Value a, int axis, int64_t low, int64_t high, int64_t interior, double value, bool edge) {
  if (low == 0 && high == 0 && interior == 0) return a;
  const double fill = convert(value, a.type().element);
  return make("pad", {a}, written(PadAttributes{axis, low, high, interior, fill, edge}));
}

namespace {
Value reduce(std::string_view name, Value a, std::span<const int64_t> axes) {
  if (axes.empty()) return a;
  std::vector<int64_t> sorted(axes.begin(), axes.end());
  std::sort(sorted.begin(), sorted.end());
  return make(name, {a}, written(ReduceAttributes{.axes = std::move(sorted)}));
}
}  // namespace

Value reduce_sum(Value a, std::span<const int64_t> axes) { return reduce("reduce_sum", a, axes); }
Value reduce_max(Value a, std::span<const int64_t> axes) { return reduce("reduce_max", a, axes); }
Value reduce_min(Value a, std::span<const int64_t> axes) { return reduce("reduce_min", a, axes); }
Value reduce_argmax(Value a, int axis) { return make("reduce_argmax", {a}, written(AxisAttributes{axis})); }

Value contract(Value a, Value b, std::string index, std::string extents) {
  ContractAttributes attributes{.index = std::move(index)};
  if (!extents.empty()) attributes.extents = std::move(extents);
  return make("contract", {a, b}, written(attributes));
}

Value gather(Value table, Value index) { return make("gather", {table, index}); }

Value scatter_add(Value index, Value rows, const Dim& count) {
  return make("scatter_add", {index, rows}, written(ScatterAttributes{count}));
}

Value gradient(Value of, Value with_respect_to) { return make("gradient", {of, with_respect_to}); }

Value scan(Graph& graph, std::span<const Value> states, std::span<const Value> sequences,
           std::span<const Value> invariants, std::shared_ptr<const Graph> body, int64_t length, bool reverse) {
  std::vector<Value> operands(states.begin(), states.end());
  operands.insert(operands.end(), sequences.begin(), sequences.end());
  operands.insert(operands.end(), invariants.begin(), invariants.end());
  ScanAttributes attributes{static_cast<int64_t>(states.size()), static_cast<int64_t>(sequences.size()), length, {}};
  if (reverse) attributes.reverse = true;
  return graph.add(op("scan"), operands, written(attributes), {std::move(body)});
}

Value project(Value whole, int64_t part) {
  const Node& node = whole.graph->node(whole.id);
  if (node.op == &op("tuple") && part >= 0 && part < static_cast<int64_t>(node.operands.size())) {
    return whole.graph->value(node.operands[static_cast<size_t>(part)]);
  }
  return make("project", {whole}, written(ProjectAttributes{part}));
}

Value tuple(Graph& graph, std::span<const Value> parts) { return graph.add(op("tuple"), parts); }

}  // namespace nnc
