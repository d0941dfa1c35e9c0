#include "ir/backward.h"

#include <fmt/format.h>

#include "ir/builder.h"
#include "ir/op.h"
#include "support/error.h"

namespace nnc {

namespace {

bool is_zero(Value value) {
  const Node* node = &value.graph->node(value.id);
  while (node->op->op_class == OpClass::movement && node->operands.size() == 1 &&
         !node->attributes.has("value")) {  // a broadcast, reshaped, … constant; pad brings its own fill
    node = &value.graph->node(node->operands[0]);
  }
  if (node->op->op_class != OpClass::leaf || !node->attributes.has("value")) return false;
  const double* number = std::get_if<double>(node->attributes.find("value"));
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
  std::vector<bool> leads = leads_to(graph, wanted, order);
  std::vector<Value> cotangents(graph.size());
  for (const Seed& seed : seeds) {
    if (leads[seed.of.id]) cotangents[seed.of.id] = accumulate(cotangents[seed.of.id], seed.cotangent);
  }
  Origin before = graph.current_origin;
  for (size_t turn = order.size(); turn-- > 0;) {  // every user of a node before the node
    NodeId id = order[turn];
    if (!cotangents[id] || !leads[id] || graph.node(id).operands.empty()) continue;
    std::vector<bool> needed;
    bool any = false;
    for (NodeId operand : graph.node(id).operands) {
      needed.push_back(leads[operand]);
      any = any || leads[operand];
    }
    if (!any || !graph.node(id).op->differentiable) continue;
    const std::vector<Origin>& origins = graph.origins(id);
    graph.current_origin = origins.empty() ? before : backward_of(origins.front());
    Gradients gradients = apply_rule(graph, id, cotangents[id]);
    for (size_t i = 0; i < gradients.size(); ++i) {
      NodeId operand = graph.node(id).operands[i];
      if (needed[i] && gradients[i]) cotangents[operand] = accumulate(cotangents[operand], gradients[i]);
    }
  }
  graph.current_origin = before;
  std::vector<Value> result;
  for (const Value& value : wanted) result.push_back(cotangents[value.id]);
  return result;
}

}  // namespace nnc
