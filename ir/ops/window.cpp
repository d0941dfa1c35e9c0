// Reductions over windows that slide along the axes: pooling.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

using Axes = std::vector<int64_t>;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string window_misfits(const Node& node, const WindowAttributes& window, const Type& from, size_t axis) {
  int64_t size = window.sizes[axis], stride = window.strides[axis], dilation = window.dilations[axis];
  std::string head = fmt::format("'{}' of {}: axis {} with size {}, stride {}, dilation {}", node.op->name,
                                 to_string(from), axis, size, stride, dilation);
  if (size < 1 || stride < 1 || dilation < 1) return head + ": each is at least 1";
  if (!from.shape[axis].constant() && (size != 1 || stride != 1))
    return head + ", but its size is known only at run time";
  int64_t reach = 0;
  if (__builtin_mul_overflow(size - 1, dilation, &reach) || reach >= std::max<int64_t>(from.shape[axis].count, 1)) {
    return head + " does not fit into it";
  }
  return "";
}

Inferred infer_window(Types operands, const Node& node) {
  Inferred number = same_number(operands, node);
  if (std::holds_alternative<std::string>(number)) return number;
  const Type& from = operands[0];
  const auto window = view<WindowAttributes>(node);
  for (const auto& [values, name] : {std::pair(&window.sizes, "sizes"), std::pair(&window.strides, "strides"),
                                     std::pair(&window.dilations, "dilations")}) {
    if (values->size() == from.shape.size()) continue;
    return fmt::format("'{}' of {}: {} {} for {} axes", node.op->name, to_string(from), values->size(), name,
                       from.rank());
  }
  Type result(node.op->yields_index ? Element::i32 : from.element, from.shape);
  for (size_t axis = 0; axis < from.shape.size(); ++axis) {
    if (std::string wrong = window_misfits(node, window, from, axis); !wrong.empty()) return wrong;
    Dim& size = result.shape[axis];
    if (!size.constant() || size.count == 0) continue;
    size.count = (size.count - 1 - (window.sizes[axis] - 1) * window.dilations[axis]) / window.strides[axis] + 1;
  }
  return result;
}

/// Puts one value a window back to where its element at `offset` stands; zeros elsewhere.
Value put_back(const Vjp& v, Value rows, const Axes& offset) {
  const auto window = view<WindowAttributes>(v.node);
  const Shape& shape = v.in[0].type().shape;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (window.sizes[axis] == 1 && window.strides[axis] == 1) continue;
    int64_t low = offset[axis] * window.dilations[axis];
    int64_t spread = (v.out.type().shape[axis].count - 1) * window.strides[axis] + 1;
    rows = pad(rows, static_cast<int>(axis), low, shape[axis].count - low - spread, window.strides[axis] - 1);
  }
  return rows;
}

/// Sum over the window's offsets of what each window sends to its element there.
Value over_offsets(const Vjp& v, Value (*share)(const Vjp&, Value winner, int64_t number), Value winner) {
  const auto window = view<WindowAttributes>(v.node);
  if (product(v.out.type().shape).value_or(Dim(0)).count == 0) return zeros_like(v.in[0]);
  int64_t count = 1;
  for (int64_t size : window.sizes) count *= size;
  Value sum;
  for (int64_t number = 0; number < count; ++number) {
    Axes offset(window.sizes.size());
    int64_t rest = number;
    for (size_t axis = offset.size(); axis-- > 0;) {
      offset[axis] = rest % window.sizes[axis];
      rest /= window.sizes[axis];
    }
    Value part = put_back(v, share(v, winner, number), offset);
    sum = sum ? sum + part : part;
  }
  return sum;
}

/// Whether every element lies in one window at most, and its window's elements side by side: a pool of halves.
bool are_tiles(const WindowAttributes& window) {
  for (size_t axis = 0; axis < window.sizes.size(); ++axis) {
    const bool beside = window.sizes[axis] == 1 || window.dilations[axis] == 1;
    if (window.strides[axis] != window.sizes[axis] || !beside) return false;
  }
  return true;
}

/// Tiles: one value a window repeated over its elements. With `winner`, only at that place of each.
Value over_tiles(const Vjp& v, Value winner) {
  const auto window = view<WindowAttributes>(v.node);
  const Shape& out = v.out.type().shape;
  const Shape& in = v.in[0].type().shape;
  Shape apart, side_by_side;
  Axes kept, inner;
  for (size_t axis = 0; axis < out.size(); ++axis) {
    kept.push_back(static_cast<int64_t>(apart.size()));
    apart.push_back(out[axis]);
    side_by_side.push_back(window.sizes[axis] == 1 ? out[axis] : Dim(out[axis].count * window.sizes[axis]));
    inner.push_back(window.sizes[axis] == 1 ? -1 : static_cast<int64_t>(apart.size()));
    if (window.sizes[axis] > 1) apart.push_back(Dim(window.sizes[axis]));
  }
  Value share = broadcast(v.dout, apart, kept);
  if (winner) {
    const Type places(Element::i32, apart);
    Value here = full(v.graph, 0, places);
    int64_t stride = 1;
    for (size_t axis = out.size(); axis-- > 0;) {
      if (inner[axis] < 0) continue;
      here = here + static_cast<double>(stride) * iota(v.graph, places, static_cast<int>(inner[axis]));
      stride *= window.sizes[axis];
    }
    share = select(binary("equal", broadcast(winner, apart, kept), here), share, zeros_like(share));
  }
  share = reshape(share, side_by_side);
  for (size_t axis = 0; axis < in.size(); ++axis) {
    const int64_t left = in[axis].constant() ? in[axis].count - side_by_side[axis].count : 0;
    if (left > 0) share = pad(share, static_cast<int>(axis), 0, left);
  }
  return share;
}

bool fits_in_tiles(const Vjp& v) {
  const auto window = view<WindowAttributes>(v.node);
  const auto split = std::count_if(window.sizes.begin(), window.sizes.end(), [](int64_t size) { return size > 1; });
  const auto rank = static_cast<int64_t>(window.sizes.size());
  const bool none = product(v.out.type().shape).value_or(Dim(0)).count == 0;
  return are_tiles(window) && rank + split <= kMaxRank && !none;
}

Gradients vjp_window_sum(const Vjp& v) {
  if (fits_in_tiles(v)) return {over_tiles(v, Value{})};
  return {over_offsets(v, [](const Vjp& w, Value, int64_t) { return w.dout; }, Value{})};
}

Gradients vjp_window_extremum(const Vjp& v, bool greatest) {
  std::vector<Value> operand{greatest ? v.in[0] : -v.in[0]};
  Value winner = v.graph.add(op("window_argmax"), operand, v.node.attributes);
  if (fits_in_tiles(v)) return {over_tiles(v, winner)};
  auto share = [](const Vjp& w, Value win, int64_t number) {
    Value here = full(w.graph, static_cast<double>(number), win.type());
    return select(binary("equal", win, here), w.dout, zeros_like(w.dout));
  };
  return {over_offsets(v, share, winner)};
}

}  // namespace

std::vector<Op> window_ops() {
  return {
      {.name = "window_sum",
       .summary = "the sum over a window of `sizes` that moves by `strides`, its elements `dilations` apart",
       .arity = 1,
       .op_class = OpClass::window,
       .attributes = kAttributes<WindowAttributes>,
       .infer = infer_window,
       .combine = Scalar::add,
       .identity = -0.0,
       .vjp = vjp_window_sum,
       .derivative = "da = dout added at every element of its window",
       .in_words = "adds the gradient to every element of its window",
       .check =
           {.samples =
                {"window_sum(f32[B, 9]) {sizes = ints [1, 3], strides = ints [1, 2], dilations = ints [1, 1]}",
                 "window_sum(f32[B, 2, 7]) {sizes = ints [1, 1, 3], strides = ints [1, 1, 3], dilations = ints [1, 1, "
                 "1]}",
                 "window_sum(f32[2, 5, 7]) {sizes = ints [1, 2, 2], strides = ints [1, 1, 3], dilations = ints [1, "
                 "2, 1]}"}}},
      {.name = "window_max",
       .summary = "the greatest of a window; NaN if any is",
       .arity = 1,
       .op_class = OpClass::window,
       .attributes = kAttributes<WindowAttributes>,
       .infer = infer_window,
       .combine = Scalar::maximum,
       .identity = -kInfinity,
       .vjp = [](const Vjp& v) { return vjp_window_extremum(v, true); },
       .chooses = true,
       .derivative = "dout to the first greatest of its window in row-major order",
       .in_words = "routes the gradient to the largest of each window",
       .check =
           {.samples =
                {"window_max(f32[B, 9]) {sizes = ints [1, 3], strides = ints [1, 2], dilations = ints [1, 1]}",
                 "window_max(f32[2, 6, 7]) {sizes = ints [1, 2, 2], strides = ints [1, 2, 2], dilations = ints [1, "
                 "1, 1]}"}}},
      {.name = "window_min",
       .summary = "the least of a window; NaN if any is",
       .arity = 1,
       .op_class = OpClass::window,
       .attributes = kAttributes<WindowAttributes>,
       .infer = infer_window,
       .combine = Scalar::minimum,
       .identity = kInfinity,
       .vjp = [](const Vjp& v) { return vjp_window_extremum(v, false); },
       .chooses = true,
       .derivative = "dout to the first least of its window in row-major order",
       .in_words = "routes the gradient to the least of each window",
       .check = {.samples =
                     {"window_min(f32[3, 8]) {sizes = ints [2, 3], strides = ints [1, 2], dilations = ints [1, 1]}"}}},
      {.name = "window_argmax",
       .summary = "the row-major place (i32) within its window of the greatest: the first of equals, or the first NaN",
       .arity = 1,
       .op_class = OpClass::window,
       .attributes = kAttributes<WindowAttributes>,
       .infer = infer_window,
       .yields_index = true,
       .differentiable = false,
       .derivative = "cuts the path",
       .check =
           {.samples =
                {"window_argmax(f32[B, 9]) {sizes = ints [1, 3], strides = ints [1, 2], dilations = ints [1, 1]}",
                 "window_argmax(f32[6, 7]) {sizes = ints [2, 2], strides = ints [2, 2], dilations = ints [1, 1]}"}}},
  };
}

}  // namespace nnc
