#include "passes/layout_masks.h"

#include <unordered_map>
#include <unordered_set>

#include "ir/graph/builder.h"
#include "ir/graph/queries.h"
#include "passes/rebuild.h"

namespace nnc {

namespace {

bool is_zero(const Graph& graph, NodeId id) {
  const double* number = number_everywhere(graph, id);
  return number != nullptr && *number == 0;
}

/// The x of x <= 0, else none.
NodeId compared_with_zero(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  bool compares = node.op == &op("less_equal") && is_zero(graph, node.operands[1]);
  return compares ? node.operands[0] : kNoNode;
}

bool is_rectified(const Graph& graph, const Node& node) {
  if (node.op != &op("select") || !is_zero(graph, node.operands[1])) return false;
  return compared_with_zero(graph, node.operands[0]) == node.operands[2];
}

/// Whether a node's operands lie in memory when it runs.
bool wants_stored(const Node& node) {
  OpClass op_class = node.op->op_class;
  return op_class == OpClass::contraction || op_class == OpClass::window || op_class == OpClass::indexed ||
         op_class == OpClass::structured;
}

}  // namespace

Graph ask_results_for_masks(const Graph& graph) {
  std::unordered_map<NodeId, NodeId> rectified;  // by mask
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (!wants_stored(node)) continue;
    for (NodeId operand : node.operands) {
      if (is_rectified(graph, graph.node(operand))) rectified[graph.node(operand).operands[0]] = operand;
    }
  }
  std::unordered_set<NodeId> wanted;
  for (const auto& [mask, result] : rectified) wanted.insert(result);
  std::unordered_map<NodeId, Value> made;  // of the wanted, in the new graph
  return rebuild(graph, [&](Graph& target, NodeId id, const Node& node, std::span<const Value> operands) {
    std::vector<Value> asked(operands.begin(), operands.end());
    for (size_t i = 0; i < asked.size(); ++i) {
      auto mask = rectified.find(node.operands[i]);
      if (mask == rectified.end() || mask->second == id) continue;
      auto result = made.find(mask->second);
      if (result == made.end()) continue;
      asked[i] = binary("less_equal", result->second, full(target, 0, result->second.type()));
    }
    Value value = target.add(*node.op, asked, node.attributes, node.bodies);
    if (wanted.contains(id)) made.emplace(id, value);
    return value;
  });
}

}  // namespace nnc
