// Ops that move elements: each element of the result is one operand's element, or a fill.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "ir/ops/families.h"
#include "ir/ops/reshape_index.h"
#include "ir/ops/rules.h"
#include "support/error.h"
#include "support/fault.h"

namespace nnc {

namespace {

using Axes = std::vector<int64_t>;

std::vector<IndexExpr> own_index(size_t rank) {
  std::vector<IndexExpr> index;
  for (size_t axis = 0; axis < rank; ++axis) index.push_back(IndexExpr::variable(static_cast<int>(axis)));
  return index;
}

Movement from(std::vector<IndexExpr> index) {
  Movement movement;
  movement.accesses.push_back({0, std::move(index), {}});
  return movement;
}

// broadcast

Inferred infer_broadcast(Types operands, const Node& node) {
  const auto [axes, shape] = view<BroadcastAttributes>(node);
  const Type& from = operands[0];
  if (axes.size() != from.shape.size()) {
    return fmt::format("'broadcast' names {} axes for {}", axes.size(), to_string(from));
  }
  std::vector<bool> used(shape.size(), false);
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t axis = axes[i];
    if (axis < 0 || axis >= static_cast<int64_t>(shape.size()) || used[static_cast<size_t>(axis)]) {
      return fmt::format("'broadcast' of {} to {}: axis {} does not exist or is named twice", to_string(from),
                         to_string(shape), axis);
    }
    used[static_cast<size_t>(axis)] = true;
    if (from.shape[i] != shape[static_cast<size_t>(axis)]) {
      return fmt::format("'broadcast' of {} to {}: operand axis {} has {} elements, result axis {} has {}",
                         to_string(from), to_string(shape), i, to_string(from.shape[i]), axis,
                         to_string(shape[static_cast<size_t>(axis)]));
    }
  }
  return Type(from.element, shape);
}

Movement move_broadcast(Types, const Node& node) {
  std::vector<IndexExpr> index;
  for (int64_t axis : view<BroadcastAttributes>(node).axes)
    index.push_back(IndexExpr::variable(static_cast<int>(axis)));
  return from(std::move(index));
}

/// Sums over the repeated axes, then puts the others into the operand's order.
Gradients vjp_broadcast(const Vjp& v) {
  if (fault(Fault::dropped_bias_gradient) && v.in[0].type().rank() == 1) return {Value{}};
  const Axes axes = view<BroadcastAttributes>(v.node).axes;
  Axes repeated, kept = axes;
  for (int64_t axis = 0; axis < v.out.type().rank(); ++axis) {
    if (std::find(axes.begin(), axes.end(), axis) == axes.end()) repeated.push_back(axis);
  }
  std::sort(kept.begin(), kept.end());
  Axes order;
  for (int64_t axis : axes) order.push_back(std::find(kept.begin(), kept.end(), axis) - kept.begin());
  return {permute(reduce_sum(v.dout, repeated), order)};
}

// reshape

Inferred infer_reshape(Types operands, const Node& node) {
  const Shape shape = view<ReshapeAttributes>(node).shape;
  std::optional<Dim> before = product(operands[0].shape), after = product(shape);
  if (!before || !after || *before != *after) {
    return fmt::format("'reshape' of {} to {}: {} elements against {}", to_string(operands[0]), to_string(shape),
                       before ? to_string(*before) : "uncountable", after ? to_string(*after) : "uncountable");
  }
  if (!reshape_keeps_rows(operands[0].shape, shape)) {
    return fmt::format("'reshape' of {} to {} mixes the rows of a batch", to_string(operands[0]), to_string(shape));
  }
  return Type(operands[0].element, shape);
}

Movement move_reshape(Types operands, const Node& node) {
  std::optional<std::vector<IndexExpr>> index = reshape_index(operands[0].shape, node.type.shape);
  return index ? from(std::move(*index)) : Movement{};
}

// permute

Inferred infer_permute(Types operands, const Node& node) {
  const Axes order = view<PermuteAttributes>(node).order;
  const Type& from = operands[0];
  Axes sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool each_once = sorted.size() == from.shape.size();
  for (size_t i = 0; each_once && i < sorted.size(); ++i) each_once = sorted[i] == static_cast<int64_t>(i);
  if (!each_once) {
    return fmt::format("'permute' of {} by [{}] does not name each axis once", to_string(from), fmt::join(order, ", "));
  }
  Type result(from.element, {});
  for (int64_t axis : order) result.shape.push_back(from.shape[static_cast<size_t>(axis)]);
  return result;
}

Movement move_permute(Types operands, const Node& node) {
  const Axes order = view<PermuteAttributes>(node).order;
  std::vector<IndexExpr> index(operands[0].shape.size());
  for (size_t i = 0; i < order.size(); ++i) {
    index[static_cast<size_t>(order[i])] = IndexExpr::variable(static_cast<int>(i));
  }
  return from(std::move(index));
}

Gradients vjp_permute(const Vjp& v) { return {permute(v.dout, inverse_order(view<PermuteAttributes>(v.node).order))}; }

// slice

Inferred infer_slice(Types operands, const Node& node) {
  const Type& from = operands[0];
  const auto [axis, begin, end, step] = view<SliceAttributes>(node);
  if (axis < 0 || axis >= from.rank()) return no_axis(node, axis, from);
  const Dim& size = from.shape[static_cast<size_t>(axis)];
  if (begin < 0 || end < begin || end > size.count || step < 1) {
    return fmt::format("'slice' of {}: axis {} from {} to {} by {} leaves its {} elements", to_string(from), axis,
                       begin, end, step, to_string(size));
  }
  Type result = from;
  result.shape[static_cast<size_t>(axis)] = end == begin ? 0 : (end - begin - 1) / step + 1;
  return result;
}

Movement move_slice(Types operands, const Node& node) {
  std::vector<IndexExpr> index = own_index(operands[0].shape.size());
  const auto cut = view<SliceAttributes>(node);
  IndexExpr& along = index[static_cast<size_t>(cut.axis)];
  along = along * cut.step + cut.begin;
  return from(std::move(index));
}

/// Along a size known only at run time the elements are added at their places; else zeros are put around them.
Gradients vjp_slice(const Vjp& v) {
  const auto cut = view<SliceAttributes>(v.node);
  const auto axis = static_cast<size_t>(cut.axis);
  const int64_t begin = cut.begin, step = cut.step;
  const Dim& size = v.in[0].type().shape[axis];
  int64_t count = v.out.type().shape[axis].count;
  if (count == 0) return {zeros_like(v.in[0])};
  if (size.constant()) {
    int64_t high = size.count - begin - ((count - 1) * step + 1);
    return {pad(v.dout, static_cast<int>(axis), begin, high, step - 1)};
  }
  Axes to_front{static_cast<int64_t>(axis)}, back;
  for (int64_t i = 0; i < v.out.type().rank(); ++i) {
    if (i != static_cast<int64_t>(axis)) to_front.push_back(i);
    back.push_back(i == static_cast<int64_t>(axis) ? 0 : i < static_cast<int64_t>(axis) ? i + 1 : i);
  }
  Value places = iota(v.graph, Type(Element::i32, {count}), 0);
  if (step != 1) places = places * static_cast<double>(step);
  if (begin != 0) places = places + static_cast<double>(begin);
  return {permute(scatter_add(places, permute(v.dout, to_front), size), back)};
}

// concat

Inferred infer_concat(Types operands, const Node& node) {
  if (operands.empty()) return "'concat' needs at least one operand";
  const int64_t axis = view<AxisAttributes>(node).axis;
  Type result = operands[0];
  if (axis < 0 || axis >= result.rank()) return no_axis(node, axis, result);
  for (size_t i = 1; i < operands.size(); ++i) {
    const Type& part = operands[i];
    const Type& first = operands[0];
    Type without = part;
    if (part.rank() == first.rank()) without.shape[static_cast<size_t>(axis)] = first.shape[static_cast<size_t>(axis)];
    if (!(without == first)) {
      return fmt::format("'concat' along axis {}: part {} is {} beside {}", axis, i, to_string(part), to_string(first));
    }
    Dim& sum = result.shape[static_cast<size_t>(axis)];
    const Dim& more = part.shape[static_cast<size_t>(axis)];
    if (!sum.constant() || !more.constant()) {
      return fmt::format("'concat' along axis {}, whose size is known only at run time: {} beside {}", axis,
                         to_string(first), to_string(part));
    }
    if (__builtin_add_overflow(sum.count, more.count, &sum.count))
      return "'concat' gives more elements than can be counted";
  }
  return result;
}

Movement move_concat(Types operands, const Node& node) {
  auto axis = static_cast<size_t>(view<AxisAttributes>(node).axis);
  Movement movement;
  int64_t offset = 0;
  for (size_t i = 0; i < operands.size(); ++i) {
    std::vector<IndexExpr> index = own_index(operands[i].shape.size());
    index[axis] = index[axis] - offset;
    int64_t count = operands[i].shape[axis].count;
    std::vector<IndexGuard> guards;
    if (operands.size() > 1) guards.push_back({index[axis], count, 1});
    movement.accesses.push_back({static_cast<int>(i), std::move(index), std::move(guards)});
    offset += count;
  }
  return movement;
}

Gradients vjp_concat(const Vjp& v) {
  auto axis = static_cast<size_t>(view<AxisAttributes>(v.node).axis);
  if (v.in.size() == 1) return {v.dout};
  Gradients gradients;
  int64_t offset = 0;
  for (const Value& part : v.in) {
    int64_t count = part.type().shape[axis].count;
    gradients.push_back(slice(v.dout, static_cast<int>(axis), offset, offset + count));
    offset += count;
  }
  return gradients;
}

// reverse

Inferred infer_reverse(Types operands, const Node& node) {
  const int64_t axis = view<AxisAttributes>(node).axis;
  if (axis < 0 || axis >= operands[0].rank()) return no_axis(node, axis, operands[0]);
  if (!operands[0].shape[static_cast<size_t>(axis)].constant()) {
    return fmt::format("'reverse' of {} along axis {}, whose size is known only at run time", to_string(operands[0]),
                       axis);
  }
  return operands[0];
}

Movement move_reverse(Types operands, const Node& node) {
  auto axis = static_cast<size_t>(view<AxisAttributes>(node).axis);
  std::vector<IndexExpr> index = own_index(operands[0].shape.size());
  index[axis] = IndexExpr(operands[0].shape[axis].count - 1) - index[axis];
  return from(std::move(index));
}

}  // namespace

std::vector<Op> movement_ops() {
  return {
      {.name = "broadcast",
       .summary = "operand axis i becomes the result's axis `axes[i]`; the elements repeat along the others",
       .arity = 1,
       .op_class = OpClass::movement,
       .attributes = kAttributes<BroadcastAttributes>,
       .infer = infer_broadcast,
       .move = move_broadcast,
       .vjp = vjp_broadcast,
       .derivative = "da = sum of dout over the repeated axes",
       .in_words = "adds up the gradients of all the copies",
       .check = {.samples = {"broadcast(f32[]) {axes = ints [], shape = sizes [3, 5]}",
                             "broadcast(f32[7]) {axes = ints [1], shape = sizes [B, 7]}",
                             "broadcast(f32[2, 3]) {axes = ints [2, 0], shape = sizes [3, 4, 2]}",
                             "broadcast(f32[0]) {axes = ints [0], shape = sizes [0, 3]}"}}},
      {.name = "reshape",
       .summary = "the same elements in row-major order under other sizes",
       .arity = 1,
       .op_class = OpClass::movement,
       .attributes = kAttributes<ReshapeAttributes>,
       .infer = infer_reshape,
       .move = move_reshape,
       .vjp = [](const Vjp& v) -> Gradients { return {reshape(v.dout, v.in[0].type().shape)}; },
       .derivative = "da = dout under a's sizes",
       .in_words = "passes the gradient on under the old sizes",
       .check = {.samples = {"reshape(f32[6, 4]) {shape = sizes [2, 3, 4]}",
                             "reshape(f32[B, 2, 9]) {shape = sizes [B, 18]}",
                             "reshape(f32[8, 3]) {shape = sizes [6, 4]}", "reshape(f32[]) {shape = sizes [1, 1]}",
                             "reshape(f32[B, 3]) {shape = sizes [3*B]}", "reshape(f32[2, 2, B]) {shape = sizes [4, B]}",
                             "reshape(f32[0, 3]) {shape = sizes [5, 0]}"}}},
      {.name = "permute",
       .summary = "result axis i is operand axis `order[i]`",
       .arity = 1,
       .op_class = OpClass::movement,
       .attributes = kAttributes<PermuteAttributes>,
       .infer = infer_permute,
       .move = move_permute,
       .vjp = vjp_permute,
       .derivative = "da = dout permuted back",
       .in_words = "passes the gradient on, its axes turned back",
       .check = {.samples = {"permute(f32[3, 17]) {order = ints [1, 0]}",
                             "permute(f32[2, B, 9]) {order = ints [1, 2, 0]}", "permute(f32[]) {order = ints []}"}}},
  };
}

std::vector<Op> part_ops() {
  std::vector<Op> ops{
      {.name = "slice",
       .summary = "the elements begin, begin + step, … before end along `axis`",
       .arity = 1,
       .op_class = OpClass::movement,
       .attributes = kAttributes<SliceAttributes>,
       .infer = infer_slice,
       .move = move_slice,
       .vjp = vjp_slice,
       .derivative = "da = dout at its places, 0 elsewhere",
       .in_words = "puts the gradient back at its place, 0 elsewhere",
       .check = {.samples = {"slice(f32[9]) {axis = 0, begin = 2, end = 7, step = 1}",
                             "slice(f32[B, 17]) {axis = 1, begin = 1, end = 16, step = 4}",
                             "slice(f32[B, 3]) {axis = 0, begin = 0, end = 1, step = 1}",
                             "slice(f32[4, 3]) {axis = 0, begin = 2, end = 2, step = 1}"}}},
      {.name = "concat",
       .summary = "the operands one after the other along `axis`",
       .arity = -1,
       .op_class = OpClass::movement,
       .attributes = kAttributes<AxisAttributes>,
       .infer = infer_concat,
       .move = move_concat,
       .vjp = vjp_concat,
       .derivative = "each operand gets its part of dout",
       .in_words = "gives each part its own piece of the gradient",
       .check = {.samples = {"concat(f32[B, 3], f32[B, 8], f32[B, 1]) {axis = 1}",
                             "concat(f32[2, 7], f32[1, 7]) {axis = 0}", "concat(f32[0], f32[5]) {axis = 0}",
                             "concat(f32[3]) {axis = 0}"}}},
      {.name = "reverse",
       .summary = "the elements along `axis` from last to first",
       .arity = 1,
       .op_class = OpClass::movement,
       .attributes = kAttributes<AxisAttributes>,
       .infer = infer_reverse,
       .move = move_reverse,
       .vjp = [](const Vjp& v) -> Gradients {
         return {reverse(v.dout, static_cast<int>(view<AxisAttributes>(v.node).axis))};
       },
       .derivative = "da = dout reversed",
       .in_words = "passes the gradient on in reverse",
       .check = {.samples = {"reverse(f32[9]) {axis = 0}", "reverse(f32[B, 3]) {axis = 1}"}}},
  };
  ops.push_back(pad_op());
  return ops;
}

}  // namespace nnc
