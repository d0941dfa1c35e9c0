#include "runtime/dataset/row_inputs.h"

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/queries.h"

namespace nnc {

namespace {

/// What the step reads a column for: the rows of the batch.
bool gathers_rows(const Graph& graph, const Node& node) {
  if (node.op != &op("gather")) return false;
  return role_of(graph.node(node.operands[1])) == InputRole::order;
}

}  // namespace

void read_rows_as_inputs(const Graph& step, Graph& graph, std::unordered_map<NodeId, NodeId>& mapped) {
  for (NodeId id : step.reachable()) {
    const Node& node = step.node(id);
    Value made;
    if (gathers_rows(step, node)) {
      made =
          input(graph, InputRole::column, step.node(node.operands[0]).attributes.get<std::string>("path"), node.type);
    } else {
      const std::optional<InputRole> role = role_of(node);
      if (role == InputRole::order || role == InputRole::column) continue;
      std::vector<Value> operands;
      for (NodeId operand : node.operands) operands.push_back(graph.value(mapped.at(operand)));
      made = graph.add(*node.op, operands, node.attributes, node.bodies);
    }
    mapped[id] = made.id;
    if (!step.node_name(id).empty()) graph.set_name(made.id, step.node_name(id));
    for (const Origin& origin : step.origins(id)) graph.add_origin(made.id, origin);
  }
}

}  // namespace nnc
