#include "passes/lift/scan_parts.h"

#include <fmt/format.h>

#include <array>

#include "ir/graph/builder.h"
#include "ir/ops/scan.h"

namespace nnc {

namespace {

/// Names inputs of a body by their number, which is their place among the scan's operands in the end.
struct Inputs {
  Graph& body;
  int64_t count = 0;

  NodeId add(const Type& type) {
    const int64_t number = count++;
    return body_input(body, fmt::format("x{}", number), number, type).id;
  }
};

Type element_of(const Type& sequence) {
  return {sequence.element, Shape(sequence.shape.begin() + 1, sequence.shape.end())};
}

}  // namespace

ScanParts ScanParts::of(const Node& node, std::span<const Value> operands) {
  const ScanLayout layout = ScanLayout::of(node);
  ScanParts parts;
  parts.graph = operands.front().graph;
  parts.body = std::make_shared<Graph>(node.bodies[0]->name);
  parts.length = layout.length;
  parts.reverse = layout.reverse;
  const std::vector<NodeId> inputs = body_inputs(*node.bodies[0], operands.size());
  std::unordered_map<NodeId, NodeId> mapped;
  Inputs fresh{*parts.body};
  for (size_t i = 0; i < operands.size(); ++i) {
    const bool state = i < layout.states, sequence = !state && i < layout.states + layout.sequences;
    const Type& type = operands[i].type();
    const NodeId within = fresh.add(sequence ? element_of(type) : type);
    if (inputs[i] != kNoNode) mapped[inputs[i]] = within;
    (state ? parts.states : sequence ? parts.sequences : parts.invariants).push_back({operands[i], within});
  }
  for (size_t i = 0; i < node.bodies[0]->results.size(); ++i) {
    const NodeId result = copy_into(*node.bodies[0], node.bodies[0]->results[i].node, *parts.body, mapped);
    (i < layout.states ? parts.next : parts.outputs).push_back(result);
  }
  return parts;
}

std::set<NodeId> ScanParts::needed_by(const std::vector<NodeId>& nodes) const {
  std::set<NodeId> found;
  std::vector<NodeId> open = nodes;
  while (!open.empty()) {
    NodeId id = open.back();
    open.pop_back();
    if (!found.insert(id).second) continue;
    const std::vector<NodeId>& operands = body->node(id).operands;
    open.insert(open.end(), operands.begin(), operands.end());
  }
  return found;
}

std::vector<NodeId> LiveParts::results(const ScanParts& scan) const {
  std::vector<NodeId> all;
  for (size_t i : states) all.push_back(scan.next[i]);
  for (size_t i : outputs) all.push_back(scan.outputs[i]);
  return all;
}

LiveParts live_parts(const ScanParts& scan, const std::set<size_t>& used) {
  LiveParts live;
  for (size_t part : used) {
    if (part < scan.states.size())
      live.states.insert(part);
    else
      live.outputs.insert(part - scan.states.size());
  }
  for (size_t before = scan.states.size() + 1; before != live.states.size();) {
    before = live.states.size();
    const std::set<NodeId> needed = scan.needed_by(live.results(scan));
    for (size_t i = 0; i < scan.states.size(); ++i) {
      if (needed.contains(scan.states[i].within)) live.states.insert(i);
    }
  }
  return live;
}

Value ScanParts::together() const {
  std::vector<NodeId> results = next;
  results.insert(results.end(), outputs.begin(), outputs.end());
  const std::set<NodeId> read = needed_by(results);
  auto made = std::make_shared<Graph>(body->name);
  Inputs inputs{*made};
  std::unordered_map<NodeId, NodeId> mapped;
  std::array<std::vector<Value>, 3> operands;
  const std::array lists{&states, &sequences, &invariants};
  for (size_t kind = 0; kind < lists.size(); ++kind) {
    for (const ScanOperand& operand : *lists[kind]) {
      if (kind > 0 && !read.contains(operand.within)) continue;
      operands[kind].push_back(operand.outside);
      mapped[operand.within] = inputs.add(body->type(operand.within));
    }
  }
  for (NodeId result : results) {
    made->results.push_back(
        {ResultKind::value, fmt::format("{}", made->results.size()), copy_into(*body, result, *made, mapped)});
  }
  return scan(*graph, operands[0], operands[1], operands[2], made, length, reverse);
}

ScanParts with_inputs(const ScanParts& scan, const NewInputs& added) {
  ScanParts parts = scan;
  parts.body = std::make_shared<Graph>(scan.body->name);
  Inputs inputs{*parts.body};
  std::unordered_map<NodeId, NodeId> mapped;
  for (auto* list : {&parts.states, &parts.sequences, &parts.invariants}) {
    for (ScanOperand& operand : *list) {
      const NodeId within = inputs.add(scan.body->type(operand.within));
      mapped[operand.within] = within;
      operand.within = within;
    }
  }
  for (const auto& [id, outside] : added.sequences) {
    mapped[id] = inputs.add(scan.body->type(id));
    parts.sequences.push_back({outside, mapped[id]});
  }
  for (const auto& [id, outside] : added.invariants) {
    mapped[id] = inputs.add(scan.body->type(id));
    parts.invariants.push_back({outside, mapped[id]});
  }
  for (auto* list : {&parts.next, &parts.outputs}) {
    for (NodeId& result : *list) result = copy_into(*scan.body, result, *parts.body, mapped);
  }
  return parts;
}

}  // namespace nnc
