#include "ir/graph/queries.h"

#include <algorithm>

#include "ir/graph/op_attributes.h"

namespace nnc {

Movement movement_of(const Graph& graph, const Node& node) {
  std::vector<Type> types;
  for (NodeId operand : node.operands) types.push_back(graph.type(operand));
  return node.op->move(types, node);
}

const double* number_everywhere(const Graph& graph, NodeId value) {
  const Node* node = &graph.node(value);
  while (node->op->op_class == OpClass::movement && node->operands.size() == 1 &&
         !has_view<PadAttributes>(*node)) {  // which brings its own fill
    node = &graph.node(node->operands[0]);
  }
  return constant_value(*node);
}

std::optional<InputRole> role_of(const Node& node) {
  return has_view<InputAttributes>(node) ? view<InputAttributes>(node).role : std::nullopt;
}

NodeId loss_of(const Graph& graph) {
  auto found = std::find_if(graph.results.begin(), graph.results.end(),
                            [](const Result& result) { return result.kind == ResultKind::loss; });
  return found == graph.results.end() ? kNoNode : found->node;
}

Graph forward_of(const Graph& training) {
  Graph forward(training);
  std::erase_if(forward.results, [](const Result& result) { return result.kind != ResultKind::loss; });
  return forward;
}

}  // namespace nnc
