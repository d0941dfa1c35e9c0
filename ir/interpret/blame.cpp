// 1. Evaluate once and mark the elements that are not finite. 2. Walk back from the result along the marks, element by
// element where the op says which element comes from which; the first node whose marks come from nowhere is to blame.
// 3. Evaluate once more, to ask that node's operands for their numbers.
#include "ir/interpret/blame.h"

#include <algorithm>
#include <cmath>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/interpret/interpret_ops.h"

namespace nnc {

namespace {

enum class Mark : uint8_t { finite, plus, minus, nan };
using Marks = std::vector<Mark>;  ///< empty: all are finite
using Elements = std::vector<bool>;

Mark mark_of(double value) {
  return std::isfinite(value) ? Mark::finite : std::isnan(value) ? Mark::nan : value > 0 ? Mark::plus : Mark::minus;
}

/// A tuple has one mark.
Marks marks_of(const Cell& cell) {
  Marks marks;
  for (double value : cell.values) marks.push_back(mark_of(value));
  for (const Cell& part : cell.parts) {
    if (!marks_of(part).empty()) return {Mark::nan};
  }
  bool all_finite = std::all_of(marks.begin(), marks.end(), [](Mark mark) { return mark == Mark::finite; });
  return all_finite ? Marks{} : marks;
}

/// A node as it was evaluated.
struct Trace {
  Node node;  ///< with the sizes of the run
  std::vector<Type> operands;
  Marks marks;
  Elements truth;  ///< of a bool
  bool constant = false;
};

class Search {
 public:
  Search(const Graph& graph, const Tensors& inputs, int64_t rows)
      : graph_(graph), inputs_(inputs), rows_(rows), traces_(graph.size()), reaching_(graph.size()) {}

  std::optional<Blame> run(NodeId result) {
    watch(graph_, inputs_, rows_, [&](NodeId id, const Node& node, const Cell& cell, const Cells& operands) {
      record(id, node, cell, operands);
      return true;
    });
    std::vector<NodeId> order = graph_.reachable();
    for (size_t e = 0; e < traces_[result].marks.size(); ++e) {
      if (traces_[result].marks[e] != Mark::finite) reach(result, e);
    }
    std::optional<std::pair<NodeId, size_t>> first;
    for (size_t turn = order.size(); turn-- > 0;) {  // every user of a node before the node
      if (std::optional<size_t> born = trace_back(order[turn])) first = {order[turn], *born};
    }
    if (!first) return std::nullopt;
    return asked(first->first, first->second);
  }

 private:
  void record(NodeId id, const Node& node, const Cell& cell, const Cells& operands) {
    Trace& trace = traces_[id];
    bool moves = node.op->op_class == OpClass::movement;
    trace.constant = moves || (node.op->op_class == OpClass::leaf && leaf_path(node) == nullptr);
    for (NodeId operand : node.operands) trace.constant = trace.constant && traces_[operand].constant;
    if (node.type.element == Element::boolean) {
      for (double value : cell.values) trace.truth.push_back(value != 0);
      return;
    }
    trace.marks = marks_of(cell);
    if (trace.marks.empty()) return;
    trace.node = node;
    for (const Cell* operand : operands) trace.operands.push_back(operand->type);
  }

  void reach(NodeId id, size_t element) {
    reaching_[id].resize(traces_[id].marks.size(), false);
    reaching_[id][element] = true;
  }

  /// Passes on to the operands what reaches the result; an element that none of them accounts for.
  std::optional<size_t> trace_back(NodeId id) {
    const Elements& elements = reaching_[id];
    if (elements.empty() || traces_[id].constant) return std::nullopt;
    switch (traces_[id].node.op->op_class) {
      case OpClass::elementwise: return back_through_elements(id);
      case OpClass::movement: return back_through_movement(id);
      case OpClass::reduction:
        if (!traces_[id].node.op->yields_index) return back_through_reduction(id);
        [[fallthrough]];
      default: return back_through_any(id);
    }
  }

  bool marked(NodeId operand, size_t element) const {
    const Trace& trace = traces_[operand];
    return !trace.constant && !trace.marks.empty() && trace.marks[element] != Mark::finite;
  }

  std::optional<size_t> back_through_elements(NodeId id) {
    const Node& node = traces_[id].node;
    std::optional<size_t> born;
    for (size_t e = reaching_[id].size(); e-- > 0;) {
      if (!reaching_[id][e]) continue;
      bool from = false;
      for (size_t i = 0; i < node.operands.size(); ++i) {
        if (!marked(node.operands[i], e) || !takes(id, i, e)) continue;
        reach(node.operands[i], e);
        from = true;
      }
      if (!from && !taken_constant(id, e)) born = e;
    }
    return born;
  }

  /// Whether the op's result can be operand i's number: a choice takes one of them.
  bool takes(NodeId id, size_t i, size_t e) const {
    const Node& node = traces_[id].node;
    if (node.op == &op("select")) return traces_[node.operands[0]].truth[e] == (i == 1);
    return !node.op->chooses || traces_[node.operands[i]].marks[e] == traces_[id].marks[e];
  }

  /// A choice that took a constant made nothing.
  bool taken_constant(NodeId id, size_t e) const {
    const Node& node = traces_[id].node;
    if (!node.op->chooses) return false;
    for (size_t i = 0; i < node.operands.size(); ++i) {
      const Trace& operand = traces_[node.operands[i]];
      if (operand.constant && !operand.marks.empty() && takes(id, i, e)) return true;
    }
    return false;
  }

  /// Elements' numbers go the way that the elements go.
  std::optional<size_t> back_through_movement(NodeId id) {
    const Trace& trace = traces_[id];
    constexpr double kFirst = 1e15;  // beyond any fill
    std::vector<Cell> numbered;
    double next = kFirst;
    for (const Type& type : trace.operands) {
      Cell cell{Type(Element::f64, type.shape)};
      for (int64_t e = element_count(type); e > 0; --e) cell.values.push_back(next++);
      numbered.push_back(std::move(cell));
    }
    Cells operands;
    for (const Cell& cell : numbered) operands.push_back(&cell);
    Node node = trace.node;
    node.type.element = Element::f64;
    Cell sources = evaluate_movement(node, operands);
    for (size_t e = 0; e < reaching_[id].size(); ++e) {
      if (!reaching_[id][e] || sources.values[e] < kFirst) continue;
      auto from = static_cast<size_t>(sources.values[e] - kFirst), i = size_t{0};
      while (from >= numbered[i].values.size()) from -= numbered[i++].values.size();
      if (marked(node.operands[i], from)) reach(node.operands[i], from);
    }
    return std::nullopt;
  }

  std::optional<size_t> back_through_reduction(NodeId id) {
    const Trace& trace = traces_[id];
    NodeId operand = trace.node.operands[0];
    const Shape& shape = trace.operands[0].shape;
    const Ints axes = view<ReduceAttributes>(trace.node).axes;
    std::vector<int64_t> own = row_major_strides(trace.node.type.shape), strides = row_major_strides(shape);
    Elements from(reaching_[id].size(), false);
    for (size_t e = 0; e < traces_[operand].marks.size(); ++e) {
      if (!marked(operand, e)) continue;
      size_t at = 0;
      for (size_t axis = 0, kept = 0; axis < shape.size(); ++axis) {
        if (std::binary_search(axes.begin(), axes.end(), static_cast<int64_t>(axis))) continue;
        at += (e / static_cast<size_t>(strides[axis])) % static_cast<size_t>(shape[axis].count) *
              static_cast<size_t>(own[kept++]);
      }
      if (!reaching_[id][at]) continue;
      reach(operand, e);
      from[at] = true;
    }
    for (size_t at = 0; at < from.size(); ++at) {
      if (reaching_[id][at] && !from[at]) return at;
    }
    return std::nullopt;
  }

  /// Any element of any operand may have made it.
  std::optional<size_t> back_through_any(NodeId id) {
    bool from = false;
    for (NodeId operand : traces_[id].node.operands) {
      for (size_t e = 0; e < traces_[operand].marks.size(); ++e) {
        if (!marked(operand, e)) continue;
        reach(operand, e);
        from = true;
      }
    }
    if (from) return std::nullopt;
    auto first = std::find(reaching_[id].begin(), reaching_[id].end(), true);
    return static_cast<size_t>(first - reaching_[id].begin());
  }

  Blame asked(NodeId wanted, size_t element) const {
    Blame blame{wanted};
    watch(graph_, inputs_, rows_, [&](NodeId id, const Node& node, const Cell& cell, const Cells& operands) {
      if (id != wanted) return true;
      blame.value = element < cell.values.size() ? cell.values[element] : std::nan("");
      if (node.op->op_class == OpClass::elementwise) {
        for (const Cell* operand : operands) blame.operands.push_back(operand->values[element]);
      }
      return false;
    });
    return blame;
  }

  const Graph& graph_;
  const Tensors& inputs_;
  int64_t rows_;
  std::vector<Trace> traces_;
  std::vector<Elements> reaching_;
};

}  // namespace

std::optional<Blame> first_to_blame(const Graph& graph, NodeId result, const Tensors& inputs, int64_t rows) {
  return Search(graph, inputs, rows).run(result);
}

}  // namespace nnc
