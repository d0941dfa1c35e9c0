#include "passes/rebuild.h"

#include <unordered_map>

namespace nnc {

Graph rebuild(const Graph& graph,
              const std::function<Value(Graph&, NodeId, const Node&, std::span<const Value>)>& make) {
  Graph target(graph.name);
  std::unordered_map<NodeId, NodeId> mapped;
  std::vector<Value> operands;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    operands.clear();
    for (NodeId operand : node.operands) operands.push_back(target.value(mapped.at(operand)));
    NodeId made = make(target, id, node, operands).id;
    mapped[id] = made;
    if (!graph.node_name(id).empty() && target.node_name(made).empty()) target.set_name(made, graph.node_name(id));
    for (const Origin& origin : graph.origins(id)) target.add_origin(made, origin);
  }
  for (Result result : graph.results) {
    result.node = mapped.at(result.node);
    target.results.push_back(std::move(result));
  }
  return target;
}

}  // namespace nnc
