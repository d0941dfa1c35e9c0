// A reduction goes in lanes where its last axis of more than one element is among those that vanish: those elements are
// neighbours in memory. A contraction is a dot product where both operands' last axes (of more than one element) are
// one and the same summed loop of many steps; everywhere else a result's axis runs through the lanes and each output is
// one chain. Over few steps the tree at the end of each dot product costs more than its sum: copying one operand to
// where its neighbours meet is less. So it is where an operand of a known size is more than the second cache holds: one
// that comes in blocks must be copied anyway, and dot products would read it again for each few rows.
#include "passes/layout.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "ir/graph/contraction.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "passes/layout_masks.h"
#include "passes/layout_rows.h"
#include "passes/rebuild.h"

namespace nnc {

namespace {

constexpr int64_t kShortestDot = 32;               ///< steps of the summed loop
constexpr int64_t kLargestDot = int64_t{1} << 18;  ///< elements of an operand

std::string reduction_form(const Node& node, const Type& operand) {
  const Ints axes = view<ReduceAttributes>(node).axes;
  for (size_t axis = operand.shape.size(); axis-- > 0;) {
    if (operand.shape[axis] == Dim(1)) continue;
    bool reduced = std::find(axes.begin(), axes.end(), static_cast<int64_t>(axis)) != axes.end();
    return reduced ? "lanes" : "chain";
  }
  return "chain";
}

std::string contraction_form(const Node& node, std::span<const Type> operands) {
  Contraction contraction = contraction_of(node, operands);
  size_t none = contraction.loops.size();
  std::array<size_t, 2> last{none, none};
  for (size_t operand = 0; operand < 2; ++operand) {
    const Shape& shape = operands[operand].shape;
    size_t axes = shape.size();
    while (axes > 0 && shape[axes - 1] == Dim(1)) --axes;
    if (axes > 0) last[operand] = contraction.alone(operand, axes - 1);
  }
  bool same_summed = last[0] == last[1] && last[0] != none && contraction.is_reduced(last[0]);
  if (!same_summed) return "outer";
  const Dim& steps = contraction.loops[last[0]].extent;
  bool large = std::any_of(operands.begin(), operands.end(), [](const Type& type) {
    std::optional<Dim> elements = product(type.shape);
    return elements && elements->constant() && elements->count > kLargestDot;
  });
  return large || (steps.constant() && steps.count < kShortestDot) ? "outer" : "dot";
}

/// A value of many parts as a tree of values of few: an element of one part of n is a choice among n, and as code in
/// one block a kernel of many takes LLVM more than their square (fuse keeps the branches apart).
Value joined(Graph& target, const Node& node, std::vector<Value> parts) {
  while (parts.size() > kMostParts) {
    std::vector<Value> fewer;
    for (size_t first = 0; first < parts.size(); first += kMostParts) {
      std::span<const Value> some = std::span(parts).subspan(first, std::min(kMostParts, parts.size() - first));
      fewer.push_back(some.size() == 1 ? some[0] : target.add(*node.op, some, node.attributes));
    }
    parts = std::move(fewer);
  }
  return target.add(*node.op, parts, node.attributes);
}

}  // namespace

std::string form_of(const Node& node, std::span<const Type> operands) {
  return node.op->op_class == OpClass::reduction ? reduction_form(node, operands[0]) : contraction_form(node, operands);
}

Graph layout(const Graph& given) {
  const Graph graph = ask_results_for_masks(rows_last_around_windows(given));
  return rebuild(graph, [&](Graph& target, NodeId, const Node& node, std::span<const Value> operands) {
    if (node.op == &op("concat")) return joined(target, node, {operands.begin(), operands.end()});
    std::vector<Type> types;
    for (NodeId operand : node.operands) types.push_back(graph.type(operand));
    bool sums = node.op->op_class == OpClass::reduction || node.op->op_class == OpClass::contraction;
    Attributes attributes = sums ? with_form(node, form_of(node, types)) : node.attributes;
    std::vector<std::shared_ptr<const Graph>> bodies;
    for (const auto& body : node.bodies) bodies.push_back(std::make_shared<const Graph>(layout(*body)));
    return target.add(*node.op, operands, std::move(attributes), std::move(bodies));
  });
}

StageValue run_layout(const StageValue& program, const PassOptions&) { return layout(std::get<Graph>(program)); }

}  // namespace nnc
