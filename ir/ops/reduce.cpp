// Reductions: axes vanish.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ir/ops/families.h"
#include "ir/ops/first_extremum.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

using Axes = std::vector<int64_t>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Inferred infer_reduce(Types operands, const Node& node) {
  Inferred number = same_number(operands, node);
  if (std::holds_alternative<std::string>(number)) return number;
  const auto [axes, form] = view<ReduceAttributes>(node);
  const Type& from = operands[0];
  if (form && *form != "lanes" && *form != "chain") {
    return fmt::format("'{}' is taken in the form lanes or chain, not '{}'", node.op->name, *form);
  }
  Type result(from.element, {});
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i] < 0 || axes[i] >= from.rank()) return no_axis(node, axes[i], from);
    if (i > 0 && axes[i] <= axes[i - 1]) {
      return fmt::format("'{}' names the axes [{}], which do not rise", node.op->name, fmt::join(axes, ", "));
    }
  }
  for (int64_t axis = 0; axis < from.rank(); ++axis) {
    if (!std::binary_search(axes.begin(), axes.end(), axis))
      result.shape.push_back(from.shape[static_cast<size_t>(axis)]);
  }
  return result;
}

Inferred infer_argmax(Types operands, const Node& node) {
  Inferred number = same_number(operands, node);
  if (std::holds_alternative<std::string>(number)) return number;
  const int64_t axis = view<AxisAttributes>(node).axis;
  if (axis < 0 || axis >= operands[0].rank()) return no_axis(node, axis, operands[0]);
  Type result(Element::i32, operands[0].shape);
  const Dim& size = result.shape[static_cast<size_t>(axis)];
  if (size.count == 0) return fmt::format("'reduce_argmax' of {}: axis {} is empty", to_string(operands[0]), axis);
  if (size.count > INT32_MAX)
    return fmt::format("'reduce_argmax' of {}: axis {} is too long", to_string(operands[0]), axis);
  result.shape.erase(result.shape.begin() + axis);
  return result;
}

Value spread_back(const Vjp& v) {
  const Axes axes = view<ReduceAttributes>(v.node).axes;
  Axes kept;
  for (int64_t axis = 0; axis < v.in[0].type().rank(); ++axis) {
    if (!std::binary_search(axes.begin(), axes.end(), axis)) kept.push_back(axis);
  }
  return broadcast(v.dout, v.in[0].type().shape, kept);
}

Gradients vjp_extremum(const Vjp& v, bool greatest) {
  Value mask = first_extremum(v.in[0], view<ReduceAttributes>(v.node).axes, greatest);
  return {select(mask, spread_back(v), zeros_like(v.in[0]))};
}

}  // namespace

namespace {

/// Whether the rows of a batch stand behind other axes: these can't be merged, for rows have no size to count by.
bool has_rows_behind(const Shape& shape, const Axes& axes) {
  bool first = true;
  for (int64_t axis : axes) {
    const Dim& dim = shape[static_cast<size_t>(axis)];
    if (!dim.constant() && !first) return true;
    first = first && dim == Dim(1);
  }
  return false;
}

/// The first slice that holds the extremum, and in it the first element: row-major order too.
Value first_of_slices(Value a, const Axes& axes, bool greatest) {
  const Shape shape = a.type().shape;
  Axes last{axes.back()}, others(axes.begin(), axes.end() - 1), kept;
  for (int64_t axis = 0; axis < static_cast<int64_t>(shape.size()); ++axis) {
    if (axis != last[0]) kept.push_back(axis);
  }
  Value of_slices = greatest ? reduce_max(a, last) : reduce_min(a, last);
  Value slice = broadcast(first_extremum(of_slices, others, greatest), shape, kept);
  return binary("logical_and", slice, first_extremum(a, last, greatest));
}

}  // namespace

/// The axes are merged into one, so that "first" is in row-major order; one argmax then says which element it is.
Value first_extremum(Value a, const std::vector<int64_t>& axes, bool greatest) {
  Graph& graph = *a.graph;
  Shape shape = a.type().shape;
  if (has_rows_behind(shape, axes)) return first_of_slices(a, axes, greatest);
  Axes order, back(shape.size());
  Shape merged;
  for (int64_t axis = 0; axis < static_cast<int64_t>(shape.size()); ++axis) {
    if (!std::binary_search(axes.begin(), axes.end(), axis)) order.push_back(axis);
  }
  for (int64_t axis : order) merged.push_back(shape[static_cast<size_t>(axis)]);
  Shape reduced, permuted = merged;
  for (int64_t axis : axes) {
    order.push_back(axis);
    reduced.push_back(shape[static_cast<size_t>(axis)]);
    permuted.push_back(shape[static_cast<size_t>(axis)]);
  }
  merged.push_back(product(reduced).value_or(Dim(0)));
  if (merged.back().count == 0) return full(graph, 0, Type(Element::boolean, shape));
  for (size_t i = 0; i < order.size(); ++i) back[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  Value rows = reshape(permute(greatest ? a : -a, order), merged);
  int last = static_cast<int>(merged.size()) - 1;
  Axes kept;
  for (int64_t i = 0; i < last; ++i) kept.push_back(i);
  Value winner = broadcast(reduce_argmax(rows, last), merged, kept);
  Value mask = binary("equal", winner, iota(graph, Type(Element::i32, merged), last));
  return permute(reshape(mask, permuted), back);
}

std::vector<Op> reduce_ops() {
  return {
      {.name = "reduce_sum",
       .summary = "the sum over `axes`, in the order of docs/numerics.md; −0 of nothing",
       .arity = 1,
       .op_class = OpClass::reduction,
       .attributes = kAttributes<ReduceAttributes>,
       .infer = infer_reduce,
       .combine = Scalar::add,
       .identity = -0.0,
       .vjp = [](const Vjp& v) -> Gradients { return {spread_back(v)}; },
       .derivative = "da = dout repeated over the axes",
       .in_words = "passes the gradient on to every element",
       .notation = "sum(a)",
       .check = {.samples = {"reduce_sum(f32[7]) {axes = ints [0]}", "reduce_sum(f32[B, 17]) {axes = ints [1]}",
                             "reduce_sum(f32[B, 9]) {axes = ints [0]}", "reduce_sum(f32[3, 8, 5]) {axes = ints [0, 2]}",
                             "reduce_sum(f32[0, 3]) {axes = ints [0]}", "reduce_sum(f32[64, 3]) {axes = ints [0, 1]}",
                             "reduce_sum(f32[4]) {axes = ints []}"}}},
      {.name = "reduce_max",
       .summary = "the greatest over `axes`; NaN if any is; −inf of nothing",
       .arity = 1,
       .op_class = OpClass::reduction,
       .attributes = kAttributes<ReduceAttributes>,
       .infer = infer_reduce,
       .combine = Scalar::maximum,
       .identity = -kInfinity,
       .vjp = [](const Vjp& v) { return vjp_extremum(v, true); },
       .chooses = true,
       .derivative = "dout to the first greatest in row-major order",
       .in_words = "routes the gradient to the largest element",
       .notation = "max(a)",
       .check = {.samples = {"reduce_max(f32[7]) {axes = ints [0]}", "reduce_max(f32[B, 17]) {axes = ints [1]}",
                             "reduce_max(f32[3, 8, 5]) {axes = ints [0, 2]}", "reduce_max(f32[0, 3]) {axes = ints [0]}",
                             "reduce_max(f32[B, 3]) {axes = ints [0]}",
                             "reduce_max(f32[3, B, 2]) {axes = ints [0, 1]}"}}},
      {.name = "reduce_min",
       .summary = "the least over `axes`; NaN if any is; +inf of nothing",
       .arity = 1,
       .op_class = OpClass::reduction,
       .attributes = kAttributes<ReduceAttributes>,
       .infer = infer_reduce,
       .combine = Scalar::minimum,
       .identity = kInfinity,
       .vjp = [](const Vjp& v) { return vjp_extremum(v, false); },
       .chooses = true,
       .derivative = "dout to the first least in row-major order",
       .in_words = "routes the gradient to the least element",
       .notation = "min(a)",
       .check = {.samples = {"reduce_min(f32[7]) {axes = ints [0]}", "reduce_min(f32[B, 17]) {axes = ints [1]}",
                             "reduce_min(f32[2, 3, 4]) {axes = ints [0, 1]}"}}},
      {.name = "reduce_argmax",
       .summary = "the position (i32) of the greatest along `axis`: the first of equals, or the first NaN",
       .arity = 1,
       .op_class = OpClass::window,
       .attributes = kAttributes<AxisAttributes>,
       .infer = infer_argmax,
       .yields_index = true,
       .differentiable = false,
       .derivative = "cuts the path",
       .notation = "argmax(a)",
       .check = {.samples = {"reduce_argmax(f32[7]) {axis = 0}", "reduce_argmax(f32[B, 10]) {axis = 1}",
                             "reduce_argmax(f32[3, 1, 8]) {axis = 2}", "reduce_argmax(f32[9, 4]) {axis = 0}"}}},
  };
}

}  // namespace nnc
