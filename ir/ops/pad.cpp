// pad: zeros, another value or the nearest element around and between the elements of one axis.

#include <fmt/format.h>

#include <algorithm>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

/// count + (count − 1) · interior + low + high, or nothing when it leaves int64.
std::optional<int64_t> padded_size(int64_t count, const PadAttributes& padding) {
  int64_t size = 0;
  if (count > 0 && __builtin_mul_overflow(count - 1, padding.interior, &size)) return std::nullopt;
  for (int64_t part : {count, padding.low, padding.high}) {
    if (__builtin_add_overflow(size, part, &size)) return std::nullopt;
  }
  return size;
}

Inferred infer_pad(Types operands, const Node& node) {
  const Type& from = operands[0];
  const auto padding = view<PadAttributes>(node);
  if (padding.axis < 0 || padding.axis >= from.rank()) return no_axis(node, padding.axis, from);
  const auto axis = static_cast<size_t>(padding.axis);
  const Dim& size = from.shape[axis];
  if (!size.constant()) {
    return fmt::format("'pad' of {} along axis {}, whose size is known only at run time", to_string(from), axis);
  }
  if (padding.interior < 0) return fmt::format("'pad' with {} elements between neighbours", padding.interior);
  if (padding.edge && (padding.low < 0 || padding.high < 0 || padding.interior != 0 || size.count == 0)) {
    return fmt::format(
        "'pad' with the edge of {}: low {}, high {}, interior {}; it only adds at the ends of what is "
        "not empty",
        to_string(from), padding.low, padding.high, padding.interior);
  }
  std::optional<int64_t> result = padded_size(size.count, padding);
  if (!result || *result < 0) {
    return fmt::format("'pad' of {}: axis {} with low {}, high {}, interior {} has no size", to_string(from), axis,
                       padding.low, padding.high, padding.interior);
  }
  Type type = from;
  type.shape[axis] = *result;
  return type;
}

Movement move_pad(Types operands, const Node& node) {
  const auto padding = view<PadAttributes>(node);
  const auto axis = static_cast<size_t>(padding.axis);
  Movement movement;
  movement.fill_value = padding.value;
  int64_t count = operands[0].shape[axis].count;
  if (count == 0) return movement;
  std::vector<IndexExpr> index;
  for (int each = 0; each < operands[0].rank(); ++each) index.push_back(IndexExpr::variable(each));
  IndexExpr along = index[axis] - padding.low;
  auto with = [&](const IndexExpr& expr) {
    std::vector<IndexExpr> replaced = index;
    replaced[axis] = expr;
    return replaced;
  };
  if (!padding.edge) {
    int64_t pitch = padding.interior + 1;
    movement.accesses.push_back({0, with(along.divided_by(pitch)), {{along, (count - 1) * pitch + 1, pitch}}});
    return movement;
  }
  movement.accesses.push_back({0, with(along), {{along, count, 1}}});
  if (padding.low > 0) movement.accesses.push_back({0, with(0), {{index[axis], padding.low, 1}}});
  if (padding.high > 0) movement.accesses.push_back({0, with(count - 1), {}});
  return movement;
}

/// The elements of dout that are copies of one end, added up and put at that end.
Value folded_end(const Vjp& v, int axis, int64_t begin, int64_t end, int64_t low, int64_t high) {
  Value copies = slice(v.dout, axis, begin, end);
  std::vector<int64_t> axes{axis};
  Shape one = v.in[0].type().shape;
  one[static_cast<size_t>(axis)] = 1;
  return pad(reshape(reduce_sum(copies, axes), one), axis, low, high);
}

/// The result is linear in the operand: each element gets back what its copies got.
Gradients vjp_pad(const Vjp& v) {
  const auto padding = view<PadAttributes>(v.node);
  const auto axis = static_cast<int>(padding.axis);
  int64_t count = v.in[0].type().shape[static_cast<size_t>(axis)].count;
  if (count == 0) return {zeros_like(v.in[0])};
  if (!padding.edge) {
    Value cut = pad(v.dout, axis, -padding.low, -padding.high);
    return {slice(cut, axis, 0, (count - 1) * (padding.interior + 1) + 1, padding.interior + 1)};
  }
  Value gradient = slice(v.dout, axis, padding.low, padding.low + count);
  if (padding.low > 0) gradient = gradient + folded_end(v, axis, 0, padding.low, 0, count - 1);
  if (padding.high > 0) {
    int64_t begin = padding.low + count;
    gradient = gradient + folded_end(v, axis, begin, begin + padding.high, count - 1, 0);
  }
  return {gradient};
}

}  // namespace

Op pad_op() {
  return {.name = "pad",
          .summary =
              "along `axis`: `low` and `high` elements added (negative: removed) at the ends, `interior` between "
              "neighbours; they are `value`, or with `edge` the nearest element",
          .arity = 1,
          .op_class = OpClass::movement,
          .attributes = kAttributes<PadAttributes>,
          .infer = infer_pad,
          .move = move_pad,
          .vjp = vjp_pad,
          .derivative = "da = dout at a's places; with `edge` the ends also get the sums of their copies",
          .in_words = "passes on the gradient of what was there before",
          .check = {.samples = {
                        "pad(f32[B, 3]) {axis = 1, low = 2, high = 1, interior = 0, value = 0.0, edge = 0}",
                        "pad(f32[7]) {axis = 0, low = 1, high = 0, interior = 2, value = 0.5, edge = 0}",
                        "pad(f32[9, 2]) {axis = 0, low = -2, high = -3, interior = 0, value = 0.0, edge = 0}",
                        "pad(f32[8]) {axis = 0, low = -1, high = 3, interior = 1, value = 0.0, edge = 0}",
                        "pad(f32[3, 5]) {axis = 1, low = 2, high = 4, interior = 0, value = 0.0, edge = 1}",
                        "pad(f32[0]) {axis = 0, low = 2, high = 1, interior = 3, value = -inf, edge = 0}",
                    }}};
}

}  // namespace nnc
