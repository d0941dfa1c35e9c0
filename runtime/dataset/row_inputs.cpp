#include "runtime/dataset/row_inputs.h"

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "passes/rebuild.h"

namespace nnc {

namespace {

/// What the step reads a column for: the rows of the batch.
bool gathers_rows(const Graph& graph, const Node& node) {
  if (node.op != &op("gather")) return false;
  return role_of(graph.node(node.operands[1])) == InputRole::order;
}

}  // namespace

Graph read_rows_as_inputs(const Graph& step, std::unordered_map<NodeId, NodeId>* mapped) {
  return rebuild(
      step,
      [&](Graph& target, NodeId, const Node& node, std::span<const Value> operands) {
        if (!gathers_rows(step, node)) return target.add(*node.op, operands, node.attributes, node.bodies);
        const std::string& path = *leaf_path(step.node(node.operands[0]));
        return input(target, InputRole::column, path, node.type);
      },
      mapped);
}

}  // namespace nnc
