// A reduction goes in lanes where its last axis of more than one element is among those that vanish: those elements are
// neighbours in memory. A contraction is a dot product where both operands' last axes are one and the same summed loop
// of several steps; everywhere else a result's axis runs through the lanes and each output is one chain.
#include "passes/layout.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "ir/contraction.h"
#include "ir/op.h"
#include "passes/rebuild.h"

namespace nnc {

namespace {

std::string reduction_form(const Node& node, const Type& operand) {
  const auto& axes = node.attributes.get<std::vector<int64_t>>("axes");
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
    size_t rank = operands[operand].shape.size();
    if (rank > 0) last[operand] = contraction.alone(operand, rank - 1);
  }
  bool same_summed = last[0] == last[1] && last[0] != none && contraction.is_reduced(last[0]);
  bool several = same_summed && !(contraction.loops[last[0]].extent == Dim(1));
  return several ? "dot" : "outer";
}

}  // namespace

Graph layout(const Graph& graph, const Target& tier) {
  return rebuild(graph, [&](Graph& target, NodeId, const Node& node, std::span<const Value> operands) {
    Attributes attributes = node.attributes;
    std::vector<Type> types;
    for (NodeId operand : node.operands) types.push_back(graph.type(operand));
    if (node.op->op_class == OpClass::reduction) attributes.set("form", reduction_form(node, types[0]));
    if (node.op->op_class == OpClass::contraction) attributes.set("form", contraction_form(node, types));
    std::vector<std::shared_ptr<const Graph>> bodies;
    for (const auto& body : node.bodies) bodies.push_back(std::make_shared<const Graph>(layout(*body, tier)));
    return target.add(*node.op, operands, std::move(attributes), std::move(bodies));
  });
}

StageValue run_layout(const StageValue& program, const PassOptions& options) {
  return layout(std::get<Graph>(program), options.target);
}

}  // namespace nnc
