#include "ir/graph/over_rows.h"

#include <utility>
#include <vector>

#include "ir/graph/builder.h"
#include "ir/graph/leading_axis.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

namespace {

class OverRows {
 public:
  OverRows(Graph& graph, const std::unordered_map<NodeId, Value>& rows) : graph_(graph), rows_(rows) {}

  std::variant<Value, std::string> run(NodeId sample) {
    std::vector<std::pair<NodeId, size_t>> open{{sample, 0}};
    while (!open.empty()) {
      auto& [id, next] = open.back();
      const Node& node = graph_.node(id);
      if (next < node.operands.size() && !made_.contains(id)) {
        NodeId operand = node.operands[next++];
        if (!made_.contains(operand)) open.emplace_back(operand, 0);
        continue;
      }
      if (!made_.contains(id)) made_.emplace(id, make(id));
      if (!refused_.empty()) return refused_;
      open.pop_back();
    }
    return lifted(sample);
  }

 private:
  struct Made {
    Value value;
    bool has_rows = false;
  };

  Value lifted(NodeId id) {
    const Made& made = made_.at(id);
    if (made.has_rows) return made.value;
    return repeated_along(Dim::rows(), made.value);
  }

  Made make(NodeId id) {
    if (auto found = rows_.find(id); found != rows_.end()) return {found->second, true};
    const Node& node = graph_.node(id);
    if (node.op->op_class == OpClass::random) {
      auto drawn = view<NamedAttributes>(node);
      drawn.shape = with_leading(Dim::rows(), node.type.shape);
      return {again(node, written(drawn), false), true};
    }
    bool any = false;
    for (NodeId operand : node.operands) any = any || made_.at(operand).has_rows;
    if (!any) return {graph_.value(id), false};
    Value value = with_rows_of(node);
    if (value) {
      for (const Origin& origin : graph_.origins(id)) graph_.add_origin(value.id, origin);
    }
    return {value, true};
  }

  Value again(const Node& node, Attributes attributes, bool lift = true) {
    std::vector<Value> operands;
    for (NodeId operand : node.operands) operands.push_back(lift ? lifted(operand) : made_.at(operand).value);
    return graph_.add(*node.op, operands, std::move(attributes), node.bodies);
  }

  Value with_rows_of(const Node& node) {
    if (has_view<OwnGradientAttributes>(node)) return lifted(node.operands[0]);  // nothing differentiates a field
    switch (node.op->op_class) {
      case OpClass::elementwise: return again(node, node.attributes);
      case OpClass::movement:
      case OpClass::reduction:
      case OpClass::window: return again(node, with_leading_axis(node, Dim::rows()));
      case OpClass::contraction: return contraction(node);
      case OpClass::indexed:
        if (node.op == &op("gather")) return gathered(node);
        return refuse(node);
      case OpClass::leaf:
      case OpClass::random:
      case OpClass::structured:
      case OpClass::gradient: return refuse(node);
    }
    return refuse(node);
  }

  Value contraction(const Node& node) {
    const Made &a = made_.at(node.operands[0]), &b = made_.at(node.operands[1]);
    auto contraction = view<ContractAttributes>(node);
    contraction.index = with_leading_loop(contraction.index, "rows", a.has_rows, b.has_rows, true);
    return again(node, written(contraction), false);
  }

  Value gathered(const Node& node) {
    const Made &table = made_.at(node.operands[0]), &index = made_.at(node.operands[1]);
    if (!table.has_rows) return again(node, node.attributes, false);
    if (index.has_rows) return gathered_each(table.value, index.value);
    // The rows of the table [B, K, ..R] to the inside, [K, B, ..R], and of what was gathered, [..S, B, ..R], outside.
    std::vector<int64_t> order(table.value.type().shape.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i < 2 ? 1 - static_cast<int64_t>(i) : static_cast<int64_t>(i);
    Value inside = gather(permute(table.value, order), index.value);
    auto places = static_cast<int64_t>(index.value.type().shape.size());
    std::vector<int64_t> back{places};
    for (int64_t i = 0; i < inside.type().rank(); ++i) {
      if (i != places) back.push_back(i);
    }
    return permute(inside, back);
  }

  /// A table [B, K, ..R] and places [B, ..S] of its own for each row: the tables one after the other, [B·K, ..R], and
  /// places counted from the first of all.
  Value gathered_each(Value tables, Value index) {
    const Shape shape = tables.type().shape;
    const int64_t places = shape[1].count;
    const Type whole(Element::i32, index.type().shape);
    Value in_row = binary("minimum", binary("maximum", index, full(graph_, 0, whole)),
                          full(graph_, static_cast<double>(places - 1), whole));
    Shape all{Dim::rows(places)};
    all.insert(all.end(), shape.begin() + 2, shape.end());
    return gather(reshape(tables, all), in_row + iota(graph_, whole, 0) * static_cast<double>(places));
  }

  Value refuse(const Node& node) {
    refused_ = node.op->name;
    return {};
  }

  Graph& graph_;
  const std::unordered_map<NodeId, Value>& rows_;
  std::unordered_map<NodeId, Made> made_;
  std::string refused_;
};

}  // namespace

std::variant<Value, std::string> over_rows(Graph& graph, NodeId sample, const std::unordered_map<NodeId, Value>& rows) {
  return OverRows(graph, rows).run(sample);
}

}  // namespace nnc
