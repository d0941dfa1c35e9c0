// 1. Walk from the results, operands first, and add each node to a new graph, where equal nodes meet.
// 2. While a rule of the node's op applies, take the rule's value in the node's place. Names and origins go along.
// 3. What rules built on the way may be simplified further: rebuild until a walk changes nothing.
// Bodies of scans are simplified as graphs of their own.
#include "passes/simplify.h"

#include <cmath>
#include <unordered_map>
#include <vector>

#include "passes/rebuild.h"
#include "passes/simplify/rule.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr int kMostSteps = 1000;  ///< of rules at one node and of walks; reached only by rules that undo each other

using RulesByOp = std::unordered_map<const Op*, std::vector<const Rule*>>;

RulesByOp sorted_rules() {
  RulesByOp sorted;
  for (std::span<const Rule> family : {constant_rules(), arithmetic_rules(), byte_rules(), choice_rules(),
                                       movement_rules(), unit_axis_rules(), reduction_rules()}) {
    for (const Rule& rule : family) {
      if (!rule.op.empty()) {
        sorted[&op(rule.op)].push_back(&rule);
        continue;
      }
      for (const Op& record : all_ops()) {
        if (record.op_class == OpClass::elementwise) sorted[&record].push_back(&rule);
      }
    }
  }
  return sorted;
}

bool has_placeholders(const Graph& graph) {
  for (NodeId id : graph.reachable()) {
    if (graph.node(id).op->op_class == OpClass::gradient) return true;
  }
  return false;
}

class Walk {
 public:
  Walk(const Graph& source, const RulesByOp& rules) : source_(source), rules_(rules), target_(source.name) {}

  Graph run() {
    for (NodeId id : source_.reachable()) mapped_[id] = visit(id);
    for (Result result : source_.results) {
      result.node = mapped_.at(result.node);
      target_.results.push_back(std::move(result));
    }
    return std::move(target_);
  }

 private:
  NodeId visit(NodeId id) {
    const Node& node = source_.node(id);
    std::vector<Value> operands;
    for (NodeId operand : node.operands) operands.push_back(target_.value(mapped_.at(operand)));
    std::vector<std::shared_ptr<const Graph>> bodies;
    for (const auto& body : node.bodies) bodies.push_back(simplified_body(body));
    size_t first = target_.size();
    Value value = rewritten(target_.add(*node.op, operands, node.attributes, std::move(bodies)));
    if (!source_.node_name(id).empty()) target_.set_name(value.id, source_.node_name(id));
    inherit_origins(source_, id, target_, first, value.id);
    return value.id;
  }

  /// The same body when nothing changes, so that a walk can be seen to have changed nothing.
  static std::shared_ptr<const Graph> simplified_body(const std::shared_ptr<const Graph>& body) {
    Graph simple = simplify(*body);
    return equivalent(*body, simple) ? body : std::make_shared<const Graph>(std::move(simple));
  }

  Value rewritten(Value value) {
    for (int step = 0; step < kMostSteps; ++step) {
      Value simpler = one_step(value);
      if (!simpler) return value;
      NNC_ASSERT(simpler.type() == value.type(), "a rule of simplify changed a type");
      value = simpler;
    }
    internal_error("rules of simplify undo each other");
  }

  Value one_step(Value value) {
    Site site(target_, value);
    auto found = rules_.find(site.node.op);
    if (found == rules_.end()) return {};
    for (const Rule* rule : found->second) {
      Value simpler = rule->apply(site);
      if (simpler && !(simpler == value)) return simpler;
    }
    return {};
  }

  const Graph& source_;
  const RulesByOp& rules_;
  Graph target_;
  std::unordered_map<NodeId, NodeId> mapped_;
};

}  // namespace

bool is_op(Value value, std::string_view name) { return value.graph->node(value.id).op == &op(name); }

Value operand(Value value, size_t i) { return value.graph->value(value.graph->node(value.id).operands[i]); }

const double* number_in(Value value) {
  if (is_op(value, "broadcast")) value = operand(value);
  return is_op(value, "constant") ? &value.graph->node(value.id).attributes.get<double>("value") : nullptr;
}

bool is_number(Value value, double number) {
  const double* found = number_in(value);
  return found != nullptr && *found == number && std::signbit(*found) == std::signbit(number);
}

Graph simplify(const Graph& graph) {
  const RulesByOp rules = has_placeholders(graph) ? RulesByOp{} : sorted_rules();
  Graph simple = Walk(graph, rules).run();
  for (int walk = 0; walk < kMostSteps; ++walk) {
    Graph next = Walk(simple, rules).run();
    if (equivalent(simple, next)) return next;
    simple = std::move(next);
  }
  internal_error("simplify does not come to an end");
}

StageValue run_simplify(const StageValue& program, const PassOptions&) { return simplify(std::get<Graph>(program)); }

}  // namespace nnc
