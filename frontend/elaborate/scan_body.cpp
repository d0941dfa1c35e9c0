#include "frontend/elaborate/scan_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>

#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

namespace {

/// The body under construction, and what it turns out to read of the graph around it.
class BodyBuilder {
 public:
  BodyBuilder(const Graph& graph, const ScanNodes& nodes, const std::string& name)
      : graph_(graph), nodes_(nodes), body_(std::make_shared<Graph>(name)) {}

  std::shared_ptr<Graph> build() {
    mark();
    mark_differentiated();
    const std::set<NodeId> wanted = needed();
    for (Value state : nodes_.state_inputs) add_input(state.id);
    for (size_t i = 0; i < nodes_.sequences.size(); ++i) {
      if (!wanted.contains(nodes_.sequence_inputs[i].id)) continue;
      add_input(nodes_.sequence_inputs[i].id);
      sequences_.push_back(nodes_.sequences[i]);
    }
    for (NodeId id : wanted) {
      if (!mapped_.contains(id)) mapped_[id] = made(id);
    }
    size_t count = nodes_.next.size();
    for (size_t i = 0; i < 2 * count; ++i) {  // the next states, and the same as outputs
      body_->results.push_back({ResultKind::value, fmt::format("{}", i), mapped_.at(nodes_.next[i % count].id)});
    }
    return body_;
  }

  /// What the body reads of the graph around it, as values of that graph.
  const std::vector<NodeId>& invariants() const { return invariants_; }
  /// Those whose elements the body reads.
  const std::vector<Value>& sequences() const { return sequences_; }

 private:
  /// Which nodes depend on an input of the body, and which on nothing at all. Operands come first.
  void mark() {
    depends_.resize(graph_.size());
    constant_.resize(graph_.size());
    for (const auto* inputs : {&nodes_.state_inputs, &nodes_.sequence_inputs}) {
      for (Value input : *inputs) depends_[input.id] = true;
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
  void mark_differentiated() {
    between_.resize(graph_.size());
    for (NodeId id = 0; id < graph_.size(); ++id) {
      const Node& node = graph_.node(id);
      if (node.op->op_class == OpClass::gradient && depends_[id]) mark_between(node.operands[0], node.operands[1]);
    }
  }

  void mark_between(NodeId value, NodeId by) {
    std::vector<bool> leads(graph_.size());
    leads[by] = true;
    for (NodeId id = by + 1; id <= value; ++id) {
      for (NodeId operand : graph_.node(id).operands) leads[id] = leads[id] || leads[operand];
      between_[id] = between_[id] || leads[id];
    }
  }

  void add_input(NodeId id) { mapped_[id] = body_input_of(id, graph_.node_name(id)).id; }

  Value body_input_of(NodeId id, const std::string& name) {
    const int64_t number = count_++;
    return body_input(*body_, fmt::format("x{}.{}", number, name), number, graph_.type(id));
  }

  /// An invariant is read; constants and repetitions cost less than the memory that they would fill.
  bool computed_within(NodeId id) const {
    return depends_[id] || between_[id] || constant_[id] || has_view<BroadcastAttributes>(graph_.node(id));
  }

  /// What the next states need of the body, operands first.
  std::set<NodeId> needed() const {
    std::set<NodeId> found;
    std::vector<NodeId> open;
    for (Value value : nodes_.next) open.push_back(value.id);
    while (!open.empty()) {
      NodeId id = open.back();
      open.pop_back();
      if (!found.insert(id).second || !computed_within(id)) continue;
      open.insert(open.end(), graph_.node(id).operands.begin(), graph_.node(id).operands.end());
    }
    return found;
  }

  NodeId made(NodeId id) {
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

  const Graph& graph_;
  const ScanNodes& nodes_;
  std::shared_ptr<Graph> body_;
  std::vector<bool> depends_, constant_, between_;
  std::unordered_map<NodeId, NodeId> mapped_;
  std::vector<NodeId> invariants_;
  std::vector<Value> sequences_;
  int64_t count_ = 0;
};

}  // namespace

Value scan_of(Graph& graph, const ScanNodes& nodes, const std::string& name) {
  BodyBuilder builder(graph, nodes, name);
  std::shared_ptr<Graph> body = builder.build();
  std::vector<Value> invariants;
  for (NodeId id : builder.invariants()) invariants.push_back(graph.value(id));
  return scan(graph, nodes.states, builder.sequences(), invariants, body, nodes.length, nodes.backwards);
}

}  // namespace nnc
