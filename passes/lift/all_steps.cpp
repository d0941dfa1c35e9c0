#include "passes/lift/all_steps.h"

#include "ir/graph/builder.h"
#include "ir/graph/leading_axis.h"
#include "ir/graph/op_attributes.h"
#include "support/error.h"

namespace nnc {

namespace {

Value contracted(const Node& node, const AllSteps::Steps& a, const AllSteps::Steps& b, bool result) {
  const auto attributes = view<ContractAttributes>(node);
  return contract(a.value, b.value, with_leading_loop(attributes.index, "t", a.stacked, b.stacked, result),
                  attributes.extents.value_or(""));
}

}  // namespace

bool works_on_all_steps(const Node& node) {
  if (node.type.rank() >= kMaxRank) return false;
  switch (node.op->op_class) {
    case OpClass::elementwise:
    case OpClass::movement:
    case OpClass::contraction:
    case OpClass::reduction: return true;
    default: return false;
  }
}

AllSteps::AllSteps(const ScanParts& scan) : scan_(scan) {
  for (const ScanOperand& sequence : scan.sequences) known_[sequence.within] = {sequence.outside, true};
  for (const ScanOperand& invariant : scan.invariants) known_[invariant.within] = {invariant.outside, false};
}

AllSteps::Steps AllSteps::of(NodeId id) {
  if (auto found = known_.find(id); found != known_.end()) return found->second;
  const Graph& body = *scan_.body;
  const Node& node = body.node(id);
  std::vector<Steps> operands;
  bool stacked = false;
  for (NodeId operand : node.operands) {
    operands.push_back(of(operand));
    stacked = stacked || operands.back().stacked;
  }
  Graph& graph = *scan_.graph;
  if (!body.origins(id).empty()) graph.current_origin = body.origins(id).front();
  Steps made{{}, stacked};
  if (stacked) {
    made.value = computed(node, operands);
  } else {
    std::vector<Value> values;
    for (const Steps& each : operands) values.push_back(each.value);
    made.value = graph.add(*node.op, values, node.attributes, node.bodies);
  }
  for (const Origin& origin : body.origins(id)) graph.add_origin(made.value.id, origin);
  known_[id] = made;
  return made;
}

Value AllSteps::repeated(const Steps& steps) {
  return steps.stacked ? steps.value : repeated_along(Dim(scan_.length), steps.value);
}

Value AllSteps::stacked(NodeId id) { return repeated(of(id)); }

Value AllSteps::computed(const Node& node, const std::vector<Steps>& operands) {
  if (node.op->op_class == OpClass::contraction) return contracted(node, operands[0], operands[1], true);
  std::vector<Value> values;
  for (const Steps& operand : operands) values.push_back(repeated(operand));
  return scan_.graph->add(*node.op, values, with_leading_axis(node, Dim(scan_.length)));
}

Value AllSteps::summed(NodeId id) {
  const Node& node = scan_.body->node(id);
  if (node.op->op_class == OpClass::contraction) {
    const Steps a{stacked(node.operands[0]), true}, b{stacked(node.operands[1]), true};
    return contracted(node, a, b, false);
  }
  Ints axes{0};
  for (int64_t axis : view<ReduceAttributes>(node).axes) axes.push_back(axis + 1);
  return reduce_sum(stacked(node.operands[0]), axes);
}

}  // namespace nnc
