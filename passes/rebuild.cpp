#include "passes/rebuild.h"

namespace nnc {

void inherit_origins(const Graph& from, NodeId id, Graph& to, size_t first, NodeId result) {
  auto inherit = [&](NodeId node) {
    for (const Origin& origin : from.origins(id)) to.add_origin(node, origin);
  };
  for (size_t node = first; node < to.size(); ++node) {
    if (node != result && to.origins(static_cast<NodeId>(node)).empty()) inherit(static_cast<NodeId>(node));
  }
  inherit(result);
}

Graph rebuild(const Graph& graph, const std::function<Value(Graph&, NodeId, const Node&, std::span<const Value>)>& make,
              std::unordered_map<NodeId, NodeId>* mapping) {
  Graph target(graph.name);
  std::unordered_map<NodeId, NodeId> mapped;
  std::vector<Value> operands;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    operands.clear();
    for (NodeId operand : node.operands) operands.push_back(target.value(mapped.at(operand)));
    size_t first = target.size();
    NodeId made = make(target, id, node, operands).id;
    mapped[id] = made;
    if (!graph.node_name(id).empty() && target.node_name(made).empty()) target.set_name(made, graph.node_name(id));
    inherit_origins(graph, id, target, first, made);
  }
  for (Result result : graph.results) {
    result.node = mapped.at(result.node);
    target.results.push_back(std::move(result));
  }
  if (mapping != nullptr) *mapping = std::move(mapped);
  return target;
}

}  // namespace nnc
