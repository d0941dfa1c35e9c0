#include "frontend/elaborate/body_builder.h"

#include <fmt/format.h>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

BodyBuilder::BodyBuilder(Graph& graph, std::vector<Value> inputs, std::vector<Value> perhaps, const std::string& name)
    : graph_(graph), inputs_(std::move(inputs)), perhaps_(std::move(perhaps)), body_(std::make_shared<Graph>(name)) {}

std::shared_ptr<Graph> BodyBuilder::build(const std::vector<Value>& results) {
  mark();
  mark_differentiated();
  const std::set<NodeId> wanted = needed(results);
  for (Value input : inputs_) add_input(input.id);
  for (size_t i = 0; i < perhaps_.size(); ++i) {
    if (!wanted.contains(perhaps_[i].id)) continue;
    add_input(perhaps_[i].id);
    used_.push_back(i);
  }
  for (NodeId id : wanted) {
    if (!mapped_.contains(id)) mapped_[id] = made(id);
  }
  for (size_t i = 0; i < results.size(); ++i) {
    body_->results.push_back({ResultKind::value, fmt::format("{}", i), mapped_.at(results[i].id)});
  }
  return body_;
}

std::vector<Value> BodyBuilder::invariants() const {
  std::vector<Value> values;
  for (NodeId id : invariants_) values.push_back(graph_.value(id));
  return values;
}

/// Which nodes depend on an input of the body, and which on nothing at all. Operands come first.
void BodyBuilder::mark() {
  depends_.resize(graph_.size());
  constant_.resize(graph_.size());
  for (const auto* list : {&inputs_, &perhaps_}) {
    for (Value input : *list) depends_[input.id] = true;
  }
  for (NodeId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    constant_[id] = leaf_path(node) == nullptr;
    for (NodeId operand : node.operands) {
      depends_[id] = depends_[id] || depends_[operand];
      constant_[id] = constant_[id] && constant_[operand];
    }
  }
}

/// A gradient that the body asks for is of what the body computes: nothing between its two ends may be read instead.
void BodyBuilder::mark_differentiated() {
  between_.resize(graph_.size());
  for (NodeId id = 0; id < graph_.size(); ++id) {
    const Node& node = graph_.node(id);
    if (node.op->op_class == OpClass::gradient && depends_[id]) mark_between(node.operands[0], node.operands[1]);
  }
}

void BodyBuilder::mark_between(NodeId value, NodeId by) {
  std::vector<bool> leads(graph_.size());
  leads[by] = true;
  for (NodeId id = by + 1; id <= value; ++id) {
    for (NodeId operand : graph_.node(id).operands) leads[id] = leads[id] || leads[operand];
    between_[id] = between_[id] || leads[id];
  }
}

void BodyBuilder::add_input(NodeId id) { mapped_[id] = body_input_of(id, graph_.node_name(id)).id; }

Value BodyBuilder::body_input_of(NodeId id, const std::string& name) {
  const int64_t number = count_++;
  return body_input(*body_, fmt::format("x{}.{}", number, name), number, graph_.type(id));
}

/// An invariant is read; constants and repetitions cost less than the memory that they would fill.
bool BodyBuilder::computed_within(NodeId id) const {
  return depends_[id] || between_[id] || constant_[id] || has_view<BroadcastAttributes>(graph_.node(id));
}

/// What the results need of the body, operands first.
std::set<NodeId> BodyBuilder::needed(const std::vector<Value>& results) const {
  std::set<NodeId> found;
  std::vector<NodeId> open;
  for (Value value : results) open.push_back(value.id);
  while (!open.empty()) {
    NodeId id = open.back();
    open.pop_back();
    if (!found.insert(id).second || !computed_within(id)) continue;
    open.insert(open.end(), graph_.node(id).operands.begin(), graph_.node(id).operands.end());
  }
  return found;
}

NodeId BodyBuilder::made(NodeId id) {
  if (!computed_within(id)) {
    invariants_.push_back(id);
    return body_input_of(id, graph_.node_name(id)).id;
  }
  const Node& node = graph_.node(id);
  std::vector<Value> operands;
  for (NodeId operand : node.operands) operands.push_back(body_->value(mapped_.at(operand)));
  Value copy = body_->add(*node.op, operands, node.attributes, node.bodies);
  if (!graph_.node_name(id).empty()) body_->set_name(copy.id, graph_.node_name(id));
  for (const Origin& origin : graph_.origins(id)) body_->add_origin(copy.id, origin);
  return copy.id;
}

}  // namespace nnc
