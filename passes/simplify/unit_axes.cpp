// Axes of one element come and go by `reshape` (a reduction that keeps its axis). Arithmetic moves in front of their
// coming, so that a row's sums stay a row's sums and fuse with the row.

#include <algorithm>
#include <array>
#include <vector>

#include "passes/simplify/rule.h"

namespace nnc {

namespace {

/// Whether `large` is `small` with axes of one element put in.
bool adds_unit_axes(const Shape& small, const Shape& large) {
  size_t matched = 0;
  for (const Dim& dim : large) {
    if (matched < small.size() && dim == small[matched]) {
      ++matched;
    } else if (!(dim == Dim(1))) {
      return false;
    }
  }
  return matched == small.size() && large.size() > small.size();
}

bool is_unit_reshape(Value value) {
  return is_op(value, "reshape") && adds_unit_axes(operand(value).type().shape, value.type().shape);
}

bool everywhere_same(Value value) { return is_op(value, "broadcast") && operand(value).type().rank() == 0; }

/// op(reshape(x), reshape(y)) = reshape(op(x, y)), where the reshapes add the same axes; scalars take part.
Value before_unit_reshape(const Site& site) {
  Value pattern;
  for (size_t i = 0; i < site.node.operands.size(); ++i) {
    if (everywhere_same(site.in(i))) continue;
    if (!is_unit_reshape(site.in(i))) return {};
    if (pattern && !(operand(pattern).type().shape == operand(site.in(i)).type().shape)) return {};
    pattern = site.in(i);
  }
  if (!pattern) return {};
  const Shape shape = operand(pattern).type().shape;
  std::vector<Value> small;
  for (size_t i = 0; i < site.node.operands.size(); ++i) {
    Value origin = operand(site.in(i));
    small.push_back(everywhere_same(site.in(i)) ? broadcast_scalar(origin, shape) : origin);
  }
  return reshape(site.graph.add(*site.node.op, small, site.node.attributes), site.type().shape);
}

constexpr std::array kRules{
    Rule{"", "op of reshapes that add axes of one element = reshape of the op", before_unit_reshape},
};

}  // namespace

std::span<const Rule> unit_axis_rules() { return kRules; }

}  // namespace nnc
