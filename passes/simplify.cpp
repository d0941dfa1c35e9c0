// 1. Walk from the results, operands first, and add each node to a new graph, where equal nodes meet.
// 2. While a rule of the node's op applies, take the rule's value in the node's place. Names and origins go along.
// 3. What rules built on the way may be simplified further: rebuild until a walk changes nothing.
// Bodies of scans are simplified as graphs of their own.
#include "passes/simplify.h"

#include <cmath>
#include <unordered_map>
#include <vector>

#include "ir/graph/queries.h"
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
  explicit Walk(const RulesByOp& rules) : rules_(rules) {}

  Graph over(const Graph& source) const {
    return rebuild(source, [this](Graph& target, NodeId, const Node& node, std::span<const Value> operands) {
      std::vector<std::shared_ptr<const Graph>> bodies;
      for (const auto& body : node.bodies) bodies.push_back(simplified_body(body));
      return rewritten(target.add(*node.op, operands, node.attributes, std::move(bodies)));
    });
  }

 private:
  /// The same body when nothing changes, so that a walk can be seen to have changed nothing.
  static std::shared_ptr<const Graph> simplified_body(const std::shared_ptr<const Graph>& body) {
    Graph simple = simplify(*body);
    return equivalent(*body, simple) ? body : std::make_shared<const Graph>(std::move(simple));
  }

  Value rewritten(Value value) const {
    for (int step = 0; step < kMostSteps; ++step) {
      Value simpler = one_step(value);
      if (!simpler) return value;
      NNC_ASSERT(simpler.type() == value.type(), "a rule of simplify changed a type");
      value = simpler;
    }
    internal_error("rules of simplify undo each other");
  }

  Value one_step(Value value) const {
    Site site(*value.graph, value);
    auto found = rules_.find(site.node.op);
    if (found == rules_.end()) return {};
    for (const Rule* rule : found->second) {
      Value simpler = rule->apply(site);
      if (simpler && !(simpler == value)) return simpler;
    }
    return {};
  }

  const RulesByOp& rules_;
};

}  // namespace

bool is_op(Value value, std::string_view name) { return value.graph->node(value.id).op == &op(name); }

Value operand(Value value, size_t i) { return value.graph->value(value.graph->node(value.id).operands[i]); }

bool is_number(Value value, double number) {
  const double* found = number_everywhere(value);
  return found != nullptr && *found == number && std::signbit(*found) == std::signbit(number);
}

Graph simplify(const Graph& graph) {
  const RulesByOp rules = has_placeholders(graph) ? RulesByOp{} : sorted_rules();
  const Walk walk(rules);
  Graph simple = walk.over(graph);
  for (int walks = 0; walks < kMostSteps; ++walks) {
    Graph next = walk.over(simple);
    if (equivalent(simple, next)) return next;
    simple = std::move(next);
  }
  internal_error("simplify does not come to an end");
}

StageValue run_simplify(const StageValue& program, const PassOptions&) { return simplify(std::get<Graph>(program)); }

}  // namespace nnc
