#include "ir/graph/queries.h"

#include <algorithm>

#include "ir/graph/op.h"

namespace nnc {

std::optional<InputRole> role_of(const Node& node) {
  if (node.op->name != "input") return std::nullopt;
  const Attribute* role = node.attributes.find("role");
  return role == nullptr ? std::nullopt : std::optional(std::get<InputRole>(*role));
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
