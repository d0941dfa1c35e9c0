#include "passes/schedule/row_space.h"

#include <algorithm>

#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"

namespace nnc {

namespace {

bool is_row_reduction(const Graph& graph, const Node& node) {
  if (node.op->op_class != OpClass::reduction) return false;
  if (node.type.element == Element::bf16 || node.type.element == Element::u8) return false;
  const Ints axes = view<ReduceAttributes>(node).axes;
  return axes.size() == 1 && axes[0] + 1 == graph.type(node.operands[0]).rank();
}

/// Whether a movement leaves a row's values at that row: every axis of the row space is its own.
bool keeps_rows(const Graph& graph, const Node& node, size_t rows) {
  const Movement movement = movement_of(graph, node);
  if (movement.accesses.size() != 1 || !movement.accesses[0].guards.empty()) return false;
  const std::vector<IndexExpr>& index = movement.accesses[0].index;
  if (index.size() < rows || index.size() > rows + 1) return false;
  for (size_t axis = 0; axis < rows; ++axis) {
    if (!(index[axis] == IndexExpr::variable(static_cast<int>(axis)))) return false;
  }
  return index.size() == rows || index[rows] == IndexExpr(0) ||
         index[rows] == IndexExpr::variable(static_cast<int>(rows));
}

}  // namespace

bool is_row_space(const Graph& graph, const KernelGroup& group) {
  const Shape* space = nullptr;
  for (NodeId id : group.nodes) {
    const Node& node = graph.node(id);
    if (!needs_loops(node)) continue;
    if (!is_row_reduction(graph, node)) return false;
    const Shape& shape = graph.type(node.operands[0]).shape;
    if (space != nullptr && *space != shape) return false;
    space = &shape;
  }
  if (space == nullptr || space->size() > 8) return false;
  Shape rows(space->begin(), space->end() - 1), kept = rows;
  kept.push_back(Dim(1));
  std::unordered_set<NodeId> computed;
  for (NodeId id : group.nodes) {
    const Node& node = graph.node(id);
    bool depends = std::any_of(node.operands.begin(), node.operands.end(),
                               [&](NodeId operand) { return computed.contains(operand); });
    bool moves = node.op->op_class == OpClass::movement;
    if (moves && !depends) continue;  // of what lies elsewhere: any subscripts
    if (node.op->op_class == OpClass::indexed && depends) return false;
    const Shape& shape = node.type.shape;
    if (shape.empty() && !depends) continue;
    if (shape != *space && shape != rows && shape != kept) return false;
    if (moves && !keeps_rows(graph, node, rows.size())) return false;
    computed.insert(id);
  }
  return std::all_of(group.outputs.begin(), group.outputs.end(), [&](NodeId id) {
    const Shape& shape = graph.type(id).shape;
    return computed.contains(id) && (shape == *space || shape == rows);
  });
}

Shape row_space(const KernelNodes& nodes) {
  Shape space;
  for (NodeId id : nodes.piece().group->nodes) {
    const Node& node = nodes.graph().node(id);
    if (needs_loops(node)) space = nodes.type(node.operands[0]).shape;
  }
  return space;
}

RowVectors row_vectors(const KernelNodes& nodes, const StepSizes& sizes) {
  int64_t extent = sizes.extent(row_space(nodes).back());
  int lanes = lanes_for(extent, nodes.widest(sizes));
  return {lanes, (extent + lanes - 1) / lanes};
}

bool fits_registers(const KernelNodes& nodes, const StepSizes& sizes) {
  constexpr int64_t kMostVectors = 4;
  int64_t vectors = row_vectors(nodes, sizes).count;
  if (!row_space(nodes).back().constant() || vectors < 1 || vectors > kMostVectors) return false;
  const std::vector<NodeId>& all = nodes.piece().group->nodes;
  return std::all_of(all.begin(), all.end(), [&](NodeId id) {
    const Node& node = nodes.graph().node(id);
    return !needs_loops(node) || sizes.lanes(node.type.element) == nodes.widest(sizes);
  });
}

std::vector<NodeId> row_values(const KernelNodes& nodes) {
  std::unordered_map<NodeId, int> uses;
  const std::vector<NodeId>& all = nodes.piece().group->nodes;
  for (NodeId id : all) {
    for (NodeId operand : nodes.graph().node(id).operands) ++uses[operand];
  }
  for (NodeId id : nodes.piece().stores) ++uses[id];
  std::vector<NodeId> values;
  Shape space = row_space(nodes);
  for (NodeId id : all) {
    const Node& node = nodes.graph().node(id);
    if (node.type.shape == space && uses[id] > 1 && node.op->op_class == OpClass::elementwise) values.push_back(id);
  }
  return values;
}

}  // namespace nnc
