#include "passes/layout_rows.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/graph/builder.h"
#include "ir/graph/contraction.h"
#include "ir/graph/op_attributes.h"
#include "passes/rebuild.h"

namespace nnc {

namespace {

template <class List>
List first_last(List list) {
  std::rotate(list.begin(), list.begin() + 1, list.end());
  return list;
}

/// Rows of a batch and something beside them.
bool has_rows_first(const Shape& shape) { return shape.size() >= 2 && shape[0].symbol == Symbol::rows; }
bool has_rows_first(const Type& type) { return !type.is_tuple() && has_rows_first(type.shape); }

/// Where the axis stands once the first one is the last.
int64_t moved_axis(int64_t axis, size_t rank) { return axis == 0 ? static_cast<int64_t>(rank) - 1 : axis - 1; }

/// A node along one axis that is not the rows'.
template <class View>
std::optional<Attributes> along_moved(View one, size_t rank) {
  if (one.axis == 0) return std::nullopt;
  one.axis = moved_axis(one.axis, rank);
  return written(one);
}

std::optional<Attributes> repeated_rows_last(BroadcastAttributes repeated) {
  if (!has_rows_first(repeated.shape) || repeated.axes.empty() || repeated.axes[0] != 0) return std::nullopt;
  for (int64_t& axis : repeated.axes) axis = moved_axis(axis, repeated.shape.size());
  return written(BroadcastAttributes{first_last(repeated.axes), first_last(repeated.shape)});
}

std::optional<Attributes> window_rows_last(WindowAttributes window) {
  if (window.sizes[0] != 1 || window.strides[0] != 1) return std::nullopt;
  for (Ints* each : {&window.sizes, &window.strides, &window.dilations}) *each = first_last(*each);
  return written(window);
}

Attributes summed_rows_last(ReduceAttributes reduced, size_t rank) {
  for (int64_t& axis : reduced.axes) axis = moved_axis(axis, rank);
  std::sort(reduced.axes.begin(), reduced.axes.end());
  return written(reduced);
}

/// The attributes of a node whose operands, of which the first has these sizes, have their rows last; none where what
/// it does to rows does not allow it.
std::optional<Attributes> with_rows_last(const Node& node, const Shape& from) {
  if (auto cut = view_if<SliceAttributes>(node)) return along_moved(*cut, from.size());
  if (auto padding = view_if<PadAttributes>(node)) return along_moved(*padding, from.size());
  if (auto one = view_if<AxisAttributes>(node)) return along_moved(*one, from.size());
  if (auto repeated = view_if<BroadcastAttributes>(node)) return repeated_rows_last(*repeated);
  if (auto window = view_if<WindowAttributes>(node)) return window_rows_last(*window);
  if (auto reduced = view_if<ReduceAttributes>(node)) return summed_rows_last(*reduced, from.size());
  if (auto reshaped = view_if<ReshapeAttributes>(node)) {
    if (!has_rows_first(reshaped->shape) || reshaped->shape[0] != from[0]) return std::nullopt;
    return written(ReshapeAttributes{first_last(reshaped->shape)});
  }
  return node.op->op_class == OpClass::elementwise ? std::optional(node.attributes) : std::nullopt;
}

class RowsLast {
 public:
  explicit RowsLast(const Graph& graph) : graph_(graph) {
    for (const Result& result : graph.results) results_.insert(result.node);
  }

  Graph run() {
    return rebuild(graph_, [&](Graph& target, NodeId id, const Node& node, std::span<const Value>) {
      target_ = &target;
      make(id, node);
      return last_.contains(id) && !results_.contains(id) ? last_.at(id) : first(id);
    });
  }

 private:
  const Shape& shape(NodeId id) const { return graph_.type(id).shape; }

  /// Whether the node is made with its rows last.
  bool turned(NodeId id) const { return turned_.contains(id); }

  void make(NodeId id, const Node& node) {
    const bool any = std::any_of(node.operands.begin(), node.operands.end(), [&](NodeId each) { return turned(each); });
    if (node.op->op_class == OpClass::contraction) return make_contraction(id, node, any);
    std::optional<Attributes> attributes;
    if (any && node.bodies.empty()) attributes = with_rows_last(node, shape(node.operands[0]));
    if (attributes && std::all_of(node.operands.begin(), node.operands.end(),
                                  [&](NodeId each) { return has_rows_first(graph_.type(each)); })) {
      return take(id, target_->add(*node.op, all_last(node), *attributes), has_rows_first(node.type));
    }
    std::vector<Value> operands;
    for (NodeId operand : node.operands) operands.push_back(first(operand));
    take(id, target_->add(*node.op, operands, node.attributes, node.bodies), false);
  }

  void take(NodeId id, Value value, bool rows_last) {
    if (rows_last) turned_.insert(id);
    (rows_last ? last_ : first_).emplace(id, value);
  }

  std::vector<Value> all_last(const Node& node) {
    std::vector<Value> values;
    for (NodeId operand : node.operands) values.push_back(last(operand));
    return values;
  }

  /// Over windows all that has rows is turned, else what is turned already is read as it is, and the result is turned
  /// where it is more than a list of numbers a row.
  void make_contraction(NodeId id, const Node& node, bool any) {
    std::array types{graph_.type(node.operands[0]), graph_.type(node.operands[1])};
    const Contraction contraction = contraction_of(node, types);
    const bool windows = contraction.has_windows();
    std::array<Value, 2> operands;
    auto attributes = view<ContractAttributes>(node);
    IndexWords words(attributes.index);
    const size_t none = contraction.loops.size();
    size_t rows = none;
    for (size_t i = 0; i < 2; ++i) {
      const NodeId operand = node.operands[i];
      const size_t loop = has_rows_first(types[i]) ? contraction.alone(i, 0) : none;
      const bool turn = (windows || turned(operand)) && loop != none && uses(contraction.subscripts[i], loop) == 1;
      operands[i] = turn ? last(operand) : first(operand);
      if (!turn) continue;
      rows = loop;
      words.parts[i] = first_last(words.parts[i]);
    }
    const bool image = (windows || any) && rows == 0 && contraction.result_rank >= 3;
    if (image) words.parts[2] = first_last(words.parts[2]);
    attributes.index = words.text();
    take(id, target_->add(*node.op, operands, written(attributes)), image);
  }

  static int64_t uses(const std::vector<IndexExpr>& subscripts, size_t loop) {
    return std::count_if(subscripts.begin(), subscripts.end(), [&](const IndexExpr& subscript) {
      return subscript.coefficient(static_cast<int>(loop)) != 0;
    });
  }

  /// The node as the graph has it.
  Value first(NodeId id) {
    auto found = first_.find(id);
    if (found != first_.end()) return found->second;
    Ints order;
    for (size_t axis = 0; axis < shape(id).size(); ++axis) order.push_back(static_cast<int64_t>(axis));
    return first_.emplace(id, permute(last_.at(id), inverse_order(first_last(order)))).first->second;
  }

  /// The node with its rows last: what costs nothing is made so again, and what only moves others reads them turned.
  Value last(NodeId id) {
    auto found = last_.find(id);
    if (found != last_.end()) return found->second;
    const Node& node = graph_.node(id);
    Value value;
    if (auto places = view_if<IotaAttributes>(node)) {
      value = iota(*target_, Type(places->element, first_last(places->shape)),
                   static_cast<int>(moved_axis(places->axis, places->shape.size())));
    } else if (auto repeated = view_if<BroadcastAttributes>(node)) {
      value = repeated_last(*repeated, node.operands[0]);
    } else if (moves_beside_rows(node) || (node.op->op_class == OpClass::elementwise && costs_nothing(id))) {
      std::optional<Attributes> attributes = with_rows_last(node, shape(node.operands[0]));
      if (attributes) value = target_->add(*node.op, all_last(node), *attributes);
    }
    if (!value) {
      Ints order;
      for (size_t axis = 0; axis < shape(id).size(); ++axis) order.push_back(static_cast<int64_t>(axis));
      value = permute(first(id), first_last(order));
    }
    return last_.emplace(id, value).first->second;
  }

  Value repeated_last(BroadcastAttributes repeated, NodeId operand) {
    std::optional<Attributes> attributes = repeated_rows_last(repeated);
    if (attributes && has_rows_first(graph_.type(operand))) {
      const Value from = last(operand);
      return target_->add(op("broadcast"), {&from, 1}, *attributes);
    }
    for (int64_t& axis : repeated.axes) axis = moved_axis(axis, repeated.shape.size());
    return broadcast(first(operand), first_last(repeated.shape), repeated.axes);
  }

  bool moves_beside_rows(const Node& node) const {
    return node.op->op_class == OpClass::movement && node.operands.size() == 1 &&
           has_rows_first(graph_.type(node.operands[0]));
  }

  /// Positions and repeated values, and what is computed of nothing else.
  bool costs_nothing(NodeId id) const {
    const Node& node = graph_.node(id);
    if (has_view<IotaAttributes>(node) || has_view<BroadcastAttributes>(node)) return true;
    return node.op->op_class == OpClass::elementwise &&
           std::all_of(node.operands.begin(), node.operands.end(), [&](NodeId each) { return costs_nothing(each); });
  }

  const Graph& graph_;
  Graph* target_ = nullptr;
  std::unordered_set<NodeId> results_, turned_;
  std::unordered_map<NodeId, Value> first_, last_;  ///< by node of the given graph
};

}  // namespace

Graph rows_last_around_windows(const Graph& graph) {
  const std::vector<NodeId> reachable = graph.reachable();
  const bool windows = std::any_of(reachable.begin(), reachable.end(), [&](NodeId id) {
    const Node& node = graph.node(id);
    if (node.op->op_class != OpClass::contraction) return false;
    return contraction_of(node, std::array{graph.type(node.operands[0]), graph.type(node.operands[1])}).has_windows();
  });
  return windows ? RowsLast(graph).run() : graph;
}

}  // namespace nnc
