#include "runtime/dataset/row_inputs.h"

#include "ir/graph/builder.h"
#include "ir/graph/op.h"

namespace nnc {

namespace {

/// What the step reads a column for: the rows of the batch.
bool gathers_rows(const Graph& graph, const Node& node) {
  if (node.op != &op("gather")) return false;
  const Attribute* path = graph.node(node.operands[1]).attributes.find("path");
  return path != nullptr && std::get<std::string>(*path) == "order";
}

}  // namespace

void read_rows_as_inputs(const Graph& step, Graph& graph, std::unordered_map<NodeId, NodeId>& mapped) {
  for (NodeId id : step.reachable()) {
    const Node& node = step.node(id);
    Value made;
    if (gathers_rows(step, node)) {
      made = input(graph, step.node(node.operands[0]).attributes.get<std::string>("path"), node.type);
    } else {
      bool row_numbers = node.attributes.has("path") && node.op == &op("input") &&
                         (node.attributes.get<std::string>("path") == "order" ||
                          node.attributes.get<std::string>("path").starts_with("column."));
      if (row_numbers) continue;
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
