#include "runtime/explain/node_alone.h"

#include <fmt/format.h>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"

namespace nnc {

Graph node_alone(const Node& node, const std::vector<Type>& operands) {
  Graph graph("alone");
  std::vector<Value> inputs;
  for (size_t i = 0; i < operands.size(); ++i) {
    inputs.push_back(input(graph, InputRole::argument, fmt::format("{}", i), operands[i]));
  }
  Value out = graph.add(*node.op, inputs, node.attributes, node.bodies);
  if (!out.type().is_tuple()) {
    graph.results.push_back({ResultKind::value, "out", out.id});
    return graph;
  }
  for (size_t i = 0; i < out.type().parts.size(); ++i) {
    graph.results.push_back({ResultKind::value, fmt::format("out.{}", i), project(out, static_cast<int64_t>(i)).id});
  }
  return graph;
}

}  // namespace nnc
