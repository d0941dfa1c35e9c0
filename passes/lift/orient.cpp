#include "passes/lift/orient.h"

#include <algorithm>
#include <array>
#include <string>

#include "ir/graph/builder.h"
#include "ir/graph/contraction.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

namespace {

using Words = std::vector<std::string>;

bool among(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// The loops of operand `number`, those summed first and then the result's; none where that does not say it.
Words wanted_order(const std::array<Words, 3>& all, size_t number) {
  Words summed, kept;
  for (const std::string& word : all[number]) {
    const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return c != '*' && c != '+'; });
    const bool twice = std::count(all[number].begin(), all[number].end(), word) > 1;
    if (!plain || twice || (among(all[2], word) && among(all[1 - number], word))) return {};
    if (!among(all[2], word)) summed.push_back(word);
  }
  for (const std::string& word : all[2]) {
    if (among(all[number], word)) kept.push_back(word);
  }
  if (kept.empty() || summed.empty()) return {};
  summed.insert(summed.end(), kept.begin(), kept.end());
  return summed;
}

/// The contraction reading its operand `number` turned; null where it lies well.
Value turned(Graph& body, const Node& node, std::array<Value, 2> operands, size_t number) {
  auto attributes = view<ContractAttributes>(node);
  IndexWords words(attributes.index);
  const Words order = wanted_order(words.parts, number);
  if (order.empty() || order == words.parts[number]) return {};
  std::vector<int64_t> axes;
  for (const std::string& word : order) {
    axes.push_back(std::find(words.parts[number].begin(), words.parts[number].end(), word) -
                   words.parts[number].begin());
  }
  operands[number] = body.add(op("permute"), {&operands[number], 1}, written(PermuteAttributes{axes}));
  words.parts[number] = order;
  return contract(operands[0], operands[1], words.text(), attributes.extents.value_or(""));
}

}  // namespace

ScanParts oriented(const ScanParts& scan) {
  std::set<NodeId> invariants;
  for (const ScanOperand& each : scan.invariants) invariants.insert(each.within);
  std::vector<NodeId> results = scan.next;
  results.insert(results.end(), scan.outputs.begin(), scan.outputs.end());
  std::unordered_map<NodeId, NodeId> made;
  ScanParts parts = scan;
  Graph& body = *parts.body;
  for (NodeId id : scan.needed_by(results)) {
    const Node node = body.node(id);
    std::vector<Value> operands;
    for (NodeId operand : node.operands) operands.push_back(body.value(made.at(operand)));
    Value value = operands.empty() ? body.value(id) : body.add(*node.op, operands, node.attributes, node.bodies);
    if (node.op->op_class == OpClass::contraction) {
      for (size_t number = 0; number < 2; ++number) {
        if (!invariants.contains(node.operands[number])) continue;
        if (Value other = turned(body, node, {operands[0], operands[1]}, number)) value = other;
      }
    }
    const std::vector<Origin> origins = body.origins(id);
    if (value.id != id) {
      for (const Origin& origin : origins) body.add_origin(value.id, origin);
    }
    made[id] = value.id;
  }
  for (auto* list : {&parts.next, &parts.outputs}) {
    for (NodeId& result : *list) result = made.at(result);
  }
  return parts;
}

}  // namespace nnc
