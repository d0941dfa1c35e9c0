// Movement ops that do nothing or that one op can do, and arithmetic moved before the repetition of its operands.

#include <algorithm>
#include <array>
#include <vector>

#include "ir/graph/op_attributes.h"
#include "passes/simplify/rule.h"

namespace nnc {

namespace {

Ints axes_of(Value broadcast) { return view<BroadcastAttributes>(broadcast.graph->node(broadcast.id)).axes; }
Ints order_of(Value permute) { return view<PermuteAttributes>(permute.graph->node(permute.id)).order; }
size_t axis_of(const Site& site) { return static_cast<size_t>(axis_of(site.node).value()); }

/// A broadcast of a scalar: what a movement of it gives needs no movement.
bool everywhere_same(Value value) { return is_op(value, "broadcast") && operand(value).type().rank() == 0; }

// The builder sees identities, and broadcasts of broadcasts.

Value direct_broadcast(const Site& site) {
  return broadcast(site.in(0), site.type().shape, view<BroadcastAttributes>(site.node).axes);
}

Value direct_reshape(const Site& site) {
  Value from = is_op(site.in(0), "reshape") ? operand(site.in(0)) : site.in(0);
  return reshape(from, site.type().shape);
}

Value direct_permute(const Site& site) {
  const Ints order = view<PermuteAttributes>(site.node).order;
  if (!is_op(site.in(0), "permute")) return permute(site.in(0), order);
  Ints inner = order_of(site.in(0)), whole;
  for (int64_t axis : order) whole.push_back(inner[static_cast<size_t>(axis)]);
  return permute(operand(site.in(0)), whole);
}

/// Result axis i is the broadcast's axis order[i].
Value permute_of_broadcast(const Site& site) {
  if (!is_op(site.in(0), "broadcast")) return {};
  const Ints order = view<PermuteAttributes>(site.node).order;
  Ints axes;
  for (int64_t axis : axes_of(site.in(0))) axes.push_back(std::find(order.begin(), order.end(), axis) - order.begin());
  return broadcast(operand(site.in(0)), site.type().shape, axes);
}

/// Ints of one element may move without moving an element.
Value permute_as_reshape(const Site& site) {
  const Shape& from = site.in(0).type().shape;
  int64_t before = -1;
  for (int64_t axis : view<PermuteAttributes>(site.node).order) {
    if (from[static_cast<size_t>(axis)] == Dim(1)) continue;
    if (axis < before) return {};
    before = axis;
  }
  return reshape(site.in(0), site.type().shape);
}

Value slice_of_all(const Site& site) {
  const auto cut = view<SliceAttributes>(site.node);
  return slice(site.in(0), static_cast<int>(cut.axis), cut.begin, cut.end, cut.step);
}

Value reverse_twice(const Site& site) {
  if (is_op(site.in(0), "reverse") && axis_of(site.graph.node(site.in(0).id)) == axis_of(site.node)) {
    return operand(site.in(0));
  }
  return reverse(site.in(0), static_cast<int>(axis_of(site)));
}

Value pad_by_nothing(const Site& site) {
  const auto padding = view<PadAttributes>(site.node);
  bool nothing = padding.low == 0 && padding.high == 0;
  if (!nothing) return {};
  bool no_neighbours = site.in(0).type().shape[axis_of(site)].count < 2;
  return padding.interior == 0 || no_neighbours ? site.in(0) : Value{};
}

/// Parts without elements add nothing.
Value concat_of_some(const Site& site) {
  std::vector<Value> parts;
  for (size_t i = 0; i < site.node.operands.size(); ++i) {
    if (site.in(i).type().shape[axis_of(site)].count != 0) parts.push_back(site.in(i));
  }
  return parts.empty() ? Value{} : concat(parts, static_cast<int>(axis_of(site)));
}

Value moved_scalar(const Site& site) {
  return everywhere_same(site.in(0)) ? broadcast_scalar(operand(site.in(0)), site.type().shape) : Value{};
}

Value pad_of_same_number(const Site& site) {
  const auto padding = view<PadAttributes>(site.node);
  bool same = padding.edge || is_number(site.in(0), padding.value);
  return same ? moved_scalar(site) : Value{};
}

/// op(broadcast(x), broadcast(y)) = broadcast(op(x, y)): each element once instead of once a copy. Scalars take part
/// in any shape.
Value before_broadcast(const Site& site) {
  Value pattern;
  for (size_t i = 0; i < site.node.operands.size(); ++i) {
    if (!is_op(site.in(i), "broadcast")) return {};
    if (!pattern || everywhere_same(pattern)) pattern = site.in(i);
  }
  if (!pattern) return {};
  const Shape shape = operand(pattern).type().shape;
  const Ints axes = axes_of(pattern);
  for (size_t i = 0; i < site.node.operands.size(); ++i) {
    bool fits =
        everywhere_same(site.in(i)) || (axes_of(site.in(i)) == axes && operand(site.in(i)).type().shape == shape);
    if (!fits) return {};
  }
  std::vector<Value> small;
  for (size_t i = 0; i < site.node.operands.size(); ++i) {
    Value origin = operand(site.in(i));
    small.push_back(everywhere_same(site.in(i)) ? broadcast_scalar(origin, shape) : origin);
  }
  Value once = site.graph.add(*site.node.op, small, site.node.attributes);
  return broadcast(once, site.type().shape, axes);
}

constexpr std::array kRules{
    Rule{"broadcast", "broadcast of a broadcast = one; to the same shape = x", direct_broadcast},
    Rule{"reshape", "reshape of a reshape = one; to the same shape = x", direct_reshape},
    Rule{"reshape", "a moved broadcast of a scalar = a broadcast", moved_scalar},
    Rule{"permute", "permute of a permute = one; in the same order = x", direct_permute},
    Rule{"permute", "permute of a broadcast = a broadcast", permute_of_broadcast},
    Rule{"permute", "permute of axes of one element = reshape", permute_as_reshape},
    Rule{"slice", "slice of all = x", slice_of_all},
    Rule{"slice", "a moved broadcast of a scalar = a broadcast", moved_scalar},
    Rule{"reverse", "reverse of a reverse, or of one element = x", reverse_twice},
    Rule{"reverse", "a moved broadcast of a scalar = a broadcast", moved_scalar},
    Rule{"pad", "pad by nothing = x", pad_by_nothing},
    Rule{"pad", "pad of a number with the same number = a broadcast", pad_of_same_number},
    Rule{"concat", "concat of one part = it", concat_of_some},
    Rule{"", "op of broadcasts = broadcast of the op", before_broadcast},
};

}  // namespace

std::span<const Rule> movement_rules() { return kRules; }

}  // namespace nnc
