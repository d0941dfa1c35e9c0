#include "passes/lift/all_steps.h"

#include <algorithm>
#include <string>

#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "support/error.h"

namespace nnc {

namespace {

/// A word for the loop over steps that the contraction does not use.
std::string word_for_steps(const std::string& index) {
  std::string word = "t";
  while (index.find(word) != std::string::npos) word += "t";
  return word;
}

/// "b i, i o -> b o" with a loop over steps before the axes of those that have it.
std::string index_of_steps(const std::string& index, bool first, bool second, bool result) {
  const std::string word = word_for_steps(index);
  const size_t comma = index.find(','), arrow = index.find("->");
  auto part = [&](size_t from, size_t to, bool stacked) {
    std::string text = index.substr(from, to - from);
    text.erase(0, text.find_first_not_of(' '));
    text.erase(text.find_last_not_of(' ') + 1);
    return stacked ? (text.empty() ? word : word + " " + text) : text;
  };
  return part(0, comma, first) + ", " + part(comma + 1, arrow, second) + " -> " + part(arrow + 2, index.size(), result);
}

Ints one_further(Ints axes) {
  for (int64_t& axis : axes) ++axis;
  axes.insert(axes.begin(), 0);
  return axes;
}

Shape with_steps(Shape shape, int64_t length) {
  shape.insert(shape.begin(), Dim(length));
  return shape;
}

Value contracted(const Node& node, const AllSteps::Steps& a, const AllSteps::Steps& b, bool result) {
  const auto attributes = view<ContractAttributes>(node);
  return contract(a.value, b.value, index_of_steps(attributes.index, a.stacked, b.stacked, result),
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

Value AllSteps::repeated(const Steps& steps, const Type& type) {
  if (steps.stacked) return steps.value;
  std::vector<int64_t> axes;
  for (int64_t axis = 1; axis <= type.rank(); ++axis) axes.push_back(axis);
  return broadcast(steps.value, with_steps(type.shape, scan_.length), axes);
}

Value AllSteps::stacked(NodeId id) { return repeated(of(id), scan_.body->type(id)); }

Value AllSteps::computed(const Node& node, const std::vector<Steps>& operands) {
  if (node.op->op_class == OpClass::contraction) return contracted(node, operands[0], operands[1], true);
  std::vector<Value> values;
  for (size_t i = 0; i < operands.size(); ++i) {
    values.push_back(repeated(operands[i], scan_.body->type(node.operands[i])));
  }
  Attributes attributes = node.attributes;
  if (auto sum = view_if<ReduceAttributes>(node); sum && node.op->op_class == OpClass::reduction) {
    for (int64_t& axis : sum->axes) ++axis;
    attributes = written(*sum);
  } else if (auto repetition = view_if<BroadcastAttributes>(node)) {
    repetition->axes = one_further(repetition->axes);
    repetition->shape = with_steps(repetition->shape, scan_.length);
    return broadcast(values[0], repetition->shape, repetition->axes);
  } else if (auto reshaped = view_if<ReshapeAttributes>(node)) {
    return reshape(values[0], with_steps(reshaped->shape, scan_.length));
  } else if (auto permuted = view_if<PermuteAttributes>(node)) {
    return permute(values[0], one_further(permuted->order));
  } else if (auto cut = view_if<SliceAttributes>(node)) {
    ++cut->axis;
    attributes = written(*cut);
  } else if (auto padded = view_if<PadAttributes>(node)) {
    ++padded->axis;
    attributes = written(*padded);
  } else if (auto along = view_if<AxisAttributes>(node); along && node.op->op_class == OpClass::movement) {
    ++along->axis;
    attributes = written(*along);
  }
  return scan_.graph->add(*node.op, values, std::move(attributes));
}

Value AllSteps::summed(NodeId id) {
  const Node& node = scan_.body->node(id);
  if (node.op->op_class == OpClass::contraction) {
    const Steps a{stacked(node.operands[0]), true}, b{stacked(node.operands[1]), true};
    return contracted(node, a, b, false);
  }
  auto sum = view<ReduceAttributes>(node);
  return reduce_sum(stacked(node.operands[0]), one_further(sum.axes));
}

}  // namespace nnc
