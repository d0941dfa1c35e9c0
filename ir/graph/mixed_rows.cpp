// Whether a graph's rows are independent: the axis of rows is followed from node to node; what sums over it, moves its
// elements or asks for a row's number is found. What is not known to keep rows apart counts as mixing them.
#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/contraction.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"

namespace nnc {

namespace {

/// The axes that grow with the batch.
std::vector<size_t> row_axes(const Type& type) {
  std::vector<size_t> axes;
  for (size_t i = 0; i < type.shape.size(); ++i) {
    if (!type.shape[i].constant()) axes.push_back(i);
  }
  return axes;
}

bool has_rows(const Type& type) { return !row_axes(type).empty(); }

bool contraction_keeps_rows(const Graph& graph, const Node& node) {
  std::vector<Type> operands;
  for (NodeId id : node.operands) operands.push_back(graph.type(id));
  Contraction contraction = contraction_of(node, operands);
  for (size_t operand = 0; operand < 2; ++operand) {
    for (size_t axis : row_axes(operands[operand])) {
      size_t loop = contraction.alone(operand, axis);
      if (loop != row_axes(node.type)[0]) return false;  // summed, or a second axis of rows
    }
  }
  return true;
}

/// A movement whose result and operands have rows.
bool movement_keeps_rows(const Graph& graph, const Node& node) {
  size_t axis = row_axes(node.type)[0];
  std::string_view name = node.op->name;
  if (name == "broadcast" || name == "permute") return true;  // the axis moves, its rows don't
  if (name == "reshape") return axis == 0 && row_axes(graph.type(node.operands[0]))[0] == 0;
  return axis_of(node) != static_cast<int64_t>(axis);
}

bool keeps_rows(const Graph& graph, const Node& node);

/// A scan's steps are along an axis of known size; its body's nodes keep the rows of what it is given apart, or not.
bool scan_keeps_rows(const Node& node) {
  const Graph& body = *node.bodies[0];
  const std::vector<NodeId> nodes = body.reachable();
  return std::all_of(nodes.begin(), nodes.end(), [&](NodeId id) { return keeps_rows(body, body.node(id)); });
}

bool keeps_rows(const Graph& graph, const Node& node) {
  auto rows_in = [&](size_t operand) { return has_rows(graph.type(node.operands[operand])); };
  bool any = false;
  for (size_t i = 0; i < node.operands.size(); ++i) any = any || rows_in(i);
  if (node.op->op_class == OpClass::leaf) {
    if (node.op->name == "size") return false;  // the number of rows itself
    return node.op->name != "iota" || !has_rows(node.type) ||
           axis_of(node) != static_cast<int64_t>(row_axes(node.type)[0]);
  }
  if (has_view<ScanAttributes>(node)) return scan_keeps_rows(node);
  if (has_view<ProjectAttributes>(node) || has_view<OwnGradientAttributes>(node)) return true;
  if (!any) return node.op->op_class != OpClass::random || !has_rows(node.type);
  if (row_axes(node.type).size() != 1) return false;
  switch (node.op->op_class) {
    case OpClass::elementwise: return true;
    case OpClass::movement: return movement_keeps_rows(graph, node);
    case OpClass::reduction: {
      auto row = static_cast<int64_t>(row_axes(graph.type(node.operands[0]))[0]);
      const Ints axes = view<ReduceAttributes>(node).axes;
      return std::find(axes.begin(), axes.end(), row) == axes.end();
    }
    case OpClass::contraction: return contraction_keeps_rows(graph, node);
    case OpClass::indexed: return node.op->name == "gather" && !rows_in(0);
    case OpClass::window: {
      if (const std::optional<int64_t> axis = axis_of(node)) {
        return axis != static_cast<int64_t>(row_axes(graph.type(node.operands[0]))[0]);
      }
      const Ints sizes = view<WindowAttributes>(node).sizes;
      return row_axes(node.type)[0] + sizes.size() < node.type.shape.size() || sizes[row_axes(node.type)[0]] == 1;
    }
    case OpClass::leaf:
    case OpClass::random:
    case OpClass::structured:
    case OpClass::gradient: return false;
  }
  return false;
}

}  // namespace

std::string mixes_rows(const Graph& graph) {
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (keeps_rows(graph, node)) continue;
    const std::vector<Origin>& origins = graph.origins(id);
    std::string where = origins.empty() || origins[0].line == 0
                            ? ""
                            : fmt::format(" at {}:{}:{}", origins[0].file, origins[0].line, origins[0].column);
    return fmt::format("'{}'{}", node.op->name, where);
  }
  return "";
}

}  // namespace nnc
