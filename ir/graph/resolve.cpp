#include "ir/graph/resolve.h"

#include <utility>
#include <vector>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

namespace {
Shape resolve(const Shape& shape, int64_t rows, int64_t samples) {
  Shape result;
  for (const Dim& dim : shape) result.push_back(dim.at(rows, samples));
  return result;
}
}  // namespace

Type resolve(const Type& type, int64_t rows, int64_t samples) {
  Type result(type.element, resolve(type.shape, rows, samples));
  for (const Type& part : type.parts) result.parts.push_back(resolve(part, rows, samples));
  return result;
}

Node resolve(const Node& node, int64_t rows, int64_t samples) {
  Node result = node;
  result.type = resolve(node.type, rows, samples);
  for (const auto& [name, value] : node.attributes.entries()) {
    if (const Shape* shape = std::get_if<Shape>(&value)) result.attributes.set(name, resolve(*shape, rows, samples));
  }
  return result;
}

Value at_rows(Graph& graph, NodeId id, int64_t rows, std::unordered_map<NodeId, Value> given) {
  std::vector<std::pair<NodeId, size_t>> stack{{id, 0}};
  while (!stack.empty()) {
    auto& [current, next] = stack.back();
    if (given.contains(current)) {
      stack.pop_back();
      continue;
    }
    const Node& node = graph.node(current);
    if (next < node.operands.size()) {
      stack.emplace_back(node.operands[next++], 0);
      continue;
    }
    Node fixed = resolve(node, rows, 0);
    std::vector<Value> operands;
    bool same = fixed.type == node.type && fixed.attributes == node.attributes;
    for (NodeId operand : node.operands) {
      operands.push_back(given.at(operand));
      same = same && operands.back().id == operand;
    }
    Value made = same                     ? graph.value(current)
                 : node.op == &op("size") ? size_of(graph, view<SizeAttributes>(fixed).dim, node.type.element)
                                          : graph.add(*node.op, operands, std::move(fixed.attributes), node.bodies);
    if (!same) {
      graph.set_name(made.id, graph.node_name(current));
      for (const Origin& origin : std::vector<Origin>(graph.origins(current))) graph.add_origin(made.id, origin);
    }
    given.emplace(current, made);
    stack.pop_back();
  }
  return given.at(id);
}

}  // namespace nnc
