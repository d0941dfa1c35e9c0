#include "ir/graph/chosen.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/queries.h"

namespace nnc {

namespace {

Value truth(Value like, bool known) {
  return full(*like.graph, known ? 1 : 0, Type(Element::boolean, like.type().shape));
}

std::optional<bool> known(Value condition) {
  const double* number = number_everywhere(*condition.graph, condition.id);
  return number == nullptr ? std::nullopt : std::optional(*number != 0);
}

Value opposite(Value condition) {
  const Node& node = condition.graph->node(condition.id);
  if (node.op == &op("logical_not")) return condition.graph->value(node.operands[0]);
  return unary("logical_not", condition);
}

Value all_of(Value a, Value b) {
  if (std::optional<bool> first = known(a)) return *first ? b : a;
  if (std::optional<bool> second = known(b)) return *second ? a : b;
  return a == b ? a : binary("logical_and", a, b);
}

Value any_of(Value a, Value b) {
  if (std::optional<bool> first = known(a)) return *first ? a : b;
  if (std::optional<bool> second = known(b)) return *second ? b : a;
  if (a == b) return a;
  return a == opposite(b) ? truth(a, true) : binary("logical_or", a, b);
}

bool is_positive_number(Value value) {
  const double* number = number_everywhere(*value.graph, value.id);
  return number != nullptr && *number > 0;
}

/// Where a share is above 0. A rule that only routes gives the cotangent 1 back as shares: numbers, choices among them
/// and parts of them, which are known without a comparison.
Value above_zero(Value share) {
  const Node node = share.graph->node(share.id);
  if (const double* number = number_everywhere(*share.graph, share.id)) return truth(share, *number > 0);
  auto in = [&](size_t i) { return share.graph->value(node.operands[i]); };
  if (node.op == &op("select")) {
    return any_of(all_of(in(0), above_zero(in(1))), all_of(opposite(in(0)), above_zero(in(2))));
  }
  if (node.op == &op("multiply") && is_positive_number(in(0))) return above_zero(in(1));
  Value number = share.type().element == Element::bf16 ? cast(share, Element::f32) : share;  // bf16 compares nothing
  return binary("greater", number, full(*share.graph, 0, number.type()));
}

/// Whether a product with the value can't be larger than the other factor.
bool lessens(const Graph& graph, NodeId value) {
  const double* number = number_everywhere(graph, value);
  return number != nullptr && std::fabs(*number) <= 1;
}

}  // namespace

bool carries_choices(const Node& node) {
  return node.op->op_class == OpClass::elementwise || node.op->op_class == OpClass::movement || node.op->chooses;
}

Value chosen_of_operand(Graph& graph, NodeId id, size_t i, Value chosen) {
  const Node node = graph.node(id);  // a copy: nodes are added
  if (node.op->op_class == OpClass::elementwise && !node.op->chooses) return chosen;
  if (!carries_choices(node) || (!chosen && !node.op->chooses)) return {};
  Value one = full(graph, 1, node.type);
  Value share = chosen ? select(chosen, one, full(graph, 0, node.type)) : one;
  std::vector<Value> operands;
  for (NodeId operand : node.operands) operands.push_back(graph.value(operand));
  Gradients shares = node.op->vjp({graph, operands, graph.value(id), share, node});
  if (!shares[i]) return {};
  Value counts = above_zero(shares[i]);
  std::optional<bool> everywhere = known(counts);
  return everywhere && *everywhere ? Value{} : counts;
}

Value chosen_by_any(Value a, Value b) {
  if (!a || !b) return {};
  Value either = any_of(a, b);
  return known(either) ? Value{} : either;
}

BreakingSlopes::BreakingSlopes(const Graph& graph, std::span<const NodeId> order)
    : graph_(graph), tame_(graph.size(), true), from_(graph.size(), false) {
  for (NodeId id : order) {
    const Node& node = graph.node(id);
    tame_[id] = is_tame(id);
    if (!node.op->differentiable || !carries_choices(node)) continue;
    for (size_t i = 0; i < node.operands.size(); ++i) from_[id] = from_[id] || from_[node.operands[i]] || at(id, i);
  }
}

bool BreakingSlopes::is_tame(NodeId id) const {
  const Node& node = graph_.node(id);
  if (const double* number = number_everywhere(graph_, id)) return std::isfinite(*number);
  if (!is_float(node.type.element) || !carries_choices(node)) return true;
  bool tame = std::all_of(node.operands.begin(), node.operands.end(), [&](NodeId operand) { return tame_[operand]; });
  if (node.op == &op("multiply"))
    return tame && (lessens(graph_, node.operands[0]) || lessens(graph_, node.operands[1]));
  return tame && (node.op->op_class != OpClass::elementwise || node.op->chooses || node.op->slope != Slope::free);
}

bool BreakingSlopes::at(NodeId id, size_t i) const {
  const Node& node = graph_.node(id);
  if (node.op->op_class != OpClass::elementwise || node.op->chooses || node.op->slope == Slope::one) return false;
  if (node.op == &op("multiply")) return !tame_[node.operands[1 - i]];
  if (node.op->slope == Slope::free && !node.op->pole) return true;
  return std::any_of(node.operands.begin(), node.operands.end(), [&](NodeId operand) { return !tame_[operand]; });
}

}  // namespace nnc
