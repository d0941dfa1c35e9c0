#include "ir/graph/backward.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/builder.h"
#include "ir/graph/chosen.h"
#include "ir/graph/op.h"
#include "ir/graph/queries.h"
#include "support/error.h"

namespace nnc {

namespace {

bool is_zero(Value value) {
  const double* number = number_everywhere(*value.graph, value.id);
  return number != nullptr && *number == 0;
}

Origin backward_of(const Origin& origin) {
  constexpr std::string_view kPrefix = "backward of ";
  Origin copy = origin;
  if (!copy.note.starts_with(kPrefix)) copy.note = std::string(kPrefix) + copy.note;
  if (copy.note == kPrefix) copy.note = "backward";
  return copy;
}

/// What the seeds reach, operands first, in the order of a walk from them: the order in which cotangents are added must
/// not depend on the order in which nodes were created.
std::vector<NodeId> walk_from(const Graph& graph, std::span<const Seed> seeds) {
  std::vector<NodeId> order;
  std::vector<bool> seen(graph.size(), false);
  std::vector<std::pair<NodeId, size_t>> stack;
  for (const Seed& seed : seeds) {
    if (!seen[seed.of.id]) stack.emplace_back(seed.of.id, 0);
    seen[seed.of.id] = true;
    while (!stack.empty()) {
      auto& [id, next] = stack.back();
      const std::vector<NodeId>& operands = graph.node(id).operands;
      if (next == operands.size()) {
        order.push_back(id);
        stack.pop_back();
        continue;
      }
      NodeId operand = operands[next++];
      if (!seen[operand]) stack.emplace_back(operand, 0);
      seen[operand] = true;
    }
  }
  return order;
}

/// Nodes from which a wanted value is reached through operands.
std::vector<bool> leads_to(const Graph& graph, std::span<const Value> wanted, std::span<const NodeId> order) {
  std::vector<bool> leads(graph.size(), false);
  for (const Value& value : wanted) leads[value.id] = true;
  for (NodeId id : order) {
    const Node& node = graph.node(id);
    if (leads[id] || !node.op->differentiable) continue;
    for (NodeId operand : node.operands) leads[id] = leads[id] || leads[operand];
  }
  return leads;
}

Gradients apply_rule(Graph& graph, NodeId id, Value cotangent) {
  const Node node = graph.node(id);  // a copy: the rule adds nodes
  if (node.op->vjp == nullptr) {
    Origin where = graph.origins(id).empty() ? Origin{} : graph.origins(id).front();
    unsupported(where, fmt::format("the derivative of '{}'", node.op->name));
  }
  std::vector<Value> operands;
  for (NodeId operand : node.operands) operands.push_back(graph.value(operand));
  Gradients gradients = node.op->vjp({graph, operands, graph.value(id), cotangent, node});
  NNC_ASSERT(gradients.size() == operands.size(), fmt::format("the rule of '{}' gives {} cotangents for {} operands",
                                                              node.op->name, gradients.size(), operands.size()));
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i]) continue;
    NNC_ASSERT(gradients[i].type() == operands[i].type(),
               fmt::format("the rule of '{}' gives {} for operand {} of {}", node.op->name,
                           to_string(gradients[i].type()), i, to_string(operands[i].type())));
    if (node.op->pole) gradients[i] = mask_pole(cotangent, gradients[i]);
  }
  return gradients;
}

/// A cotangent on its way back, and which elements any choice takes.
struct Arrived {
  Value value;             ///< null: nothing has come yet
  Value chosen;            ///< bool, of the value's shape; null: every element counts
  bool unsettled = false;  ///< what is not chosen may be NaN; otherwise it is 0

  Value settled() const { return unsettled ? select(chosen, value, full(*value.graph, 0, value.type())) : value; }
};

/// One walk: each node's rule is applied to the sum of what its users gave. What no choice takes becomes 0 before it is
/// added to another cotangent, leaves the elementwise expression below the choice, or is asked for; until then products
/// with slopes run on, so that a chain of them needs one select.
class ReverseWalk {
 public:
  ReverseWalk(Graph& graph, std::vector<bool> leads, std::span<const NodeId> order)
      : graph_(graph), leads_(std::move(leads)), breaking_(graph, order), arrived_(graph.size()) {}

  void seed(const Seed& seed) {
    if (leads_[seed.of.id]) add(seed.of.id, {seed.cotangent, {}, false});
  }

  void visit(NodeId id) {
    Arrived& arrived = arrived_[id];
    const Op& op = *graph_.node(id).op;
    const std::vector<NodeId>& operands = graph_.node(id).operands;
    bool any = std::any_of(operands.begin(), operands.end(), [&](NodeId operand) { return leads_[operand]; });
    if (!arrived.value || !leads_[id] || !any || !op.differentiable) return;
    if (op.op_class != OpClass::elementwise) arrived = {arrived.settled(), arrived.chosen, false};
    Gradients gradients = apply_rule(graph_, id, arrived.value);
    for (size_t i = 0; i < gradients.size(); ++i) {
      NodeId operand = graph_.node(id).operands[i];
      if (!leads_[operand] || !gradients[i]) continue;
      bool unsettled = arrived.unsettled || breaking_.at(id, i);
      Value chosen = unsettled || breaking_.from(operand) ? chosen_of_operand(graph_, id, i, arrived.chosen) : Value{};
      add(operand, {gradients[i], chosen, chosen && unsettled});
    }
  }

  Value cotangent(NodeId id) const { return arrived_[id].settled(); }

 private:
  void add(NodeId id, const Arrived& more) {
    Arrived& sum = arrived_[id];
    if (!sum.value) {
      sum = more;
      return;
    }
    sum = {accumulate(sum.settled(), more.settled()), chosen_by_any(sum.chosen, more.chosen), false};
  }

  Graph& graph_;
  std::vector<bool> leads_;
  BreakingSlopes breaking_;
  std::vector<Arrived> arrived_;
};

}  // namespace

Value accumulate(Value a, Value b) {
  if (!a) return b;
  if (!b) return a;
  if (!a.type().is_tuple()) return is_zero(a) ? b : is_zero(b) ? a : a + b;
  std::vector<Value> parts;
  for (size_t i = 0; i < a.type().parts.size(); ++i) {
    parts.push_back(accumulate(project(a, static_cast<int64_t>(i)), project(b, static_cast<int64_t>(i))));
  }
  return tuple(*a.graph, parts);
}

Value mask_pole(Value cotangent, Value product) {
  Value zero = full(*product.graph, 0, product.type());
  Value silent = binary("equal", cotangent, zero);
  Value broken = binary("not_equal", product, product);
  return select(binary("logical_and", silent, broken), zero, product);
}

std::vector<Value> pull_back(Graph& graph, std::span<const Seed> seeds, std::span<const Value> wanted) {
  std::vector<NodeId> order = walk_from(graph, seeds);
  ReverseWalk walk(graph, leads_to(graph, wanted, order), order);
  for (const Seed& seed : seeds) walk.seed(seed);
  Origin before = graph.current_origin;
  for (size_t turn = order.size(); turn-- > 0;) {  // every user of a node before the node
    const std::vector<Origin>& origins = graph.origins(order[turn]);
    graph.current_origin = origins.empty() ? before : backward_of(origins.front());
    walk.visit(order[turn]);
  }
  graph.current_origin = before;
  std::vector<Value> result;
  for (const Value& value : wanted) result.push_back(walk.cotangent(value.id));
  return result;
}

}  // namespace nnc
