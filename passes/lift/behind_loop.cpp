#include "passes/lift/behind_loop.h"

#include <algorithm>
#include <map>

#include "ir/graph/backward.h"
#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "passes/lift/all_steps.h"

namespace nnc {

namespace {

constexpr size_t kMostTerms = 100;  ///< of a sum that is taken apart

class BehindLoop {
 public:
  BehindLoop(const ScanParts& scan, const std::set<size_t>& used)
      : scan_(scan), body_(*scan.body), live_(live_parts(scan, used)) {}

  Value parts() {
    for (size_t i : live_.states) take_apart(i);
    cone_ = scan_.needed_by(next_in_loop());
    for (const auto& [state, terms] : terms_) {
      for (NodeId term : terms) {
        for (NodeId operand : body_.node(term).operands) put_out(operand);
      }
    }
    for (size_t i : live_.outputs) {
      const NodeId output = scan_.outputs[i];
      if (needs_product(output))
        put_out(output);
      else
        put_out_itself(output);
    }
    return together();
  }

 private:
  struct Terms {
    std::vector<NodeId> behind, within;
    int state = 0;  ///< how often the state itself is a term
  };

  static bool is_input(const Node& node) { return leaf_path(node) != nullptr; }

  /// The terms of a sum, those that can be added up behind the loop apart.
  void collect(NodeId id, NodeId state, Terms& terms) const {
    const Node& node = body_.node(id);
    if (id == state) {
      ++terms.state;
    } else if (node.op == &op("add") && terms.behind.size() + terms.within.size() < kMostTerms) {
      for (NodeId operand : node.operands) collect(operand, state, terms);
    } else {
      const bool sum = node.op->op_class == OpClass::contraction || node.op == &op("reduce_sum");
      (sum && depends_on_step(id) ? terms.behind : terms.within).push_back(id);
    }
  }

  bool depends_on_step(NodeId id) const {
    const std::set<NodeId> needed = scan_.needed_by({id});
    auto among = [&](const std::vector<ScanOperand>& list) {
      return std::any_of(list.begin(), list.end(), [&](const auto& each) { return needed.contains(each.within); });
    };
    return among(scan_.states) || among(scan_.sequences);
  }

  /// A state to which steps only add: which terms wait for the end of the loop, and what is left of it within.
  void take_apart(size_t i) {
    const NodeId state = scan_.states[i].within;
    next_[i] = scan_.next[i];
    Terms terms;
    collect(scan_.next[i], state, terms);
    if (terms.state != 1 || terms.behind.empty()) return;
    std::vector<NodeId> others = terms.behind;
    others.insert(others.end(), terms.within.begin(), terms.within.end());
    for (size_t other : live_.states) {
      if (other != i) others.push_back(scan_.next[other]);
    }
    for (size_t output : live_.outputs) others.push_back(scan_.outputs[output]);
    if (scan_.needed_by(others).contains(state)) return;
    terms_[i] = terms.behind;
    if (terms.within.empty()) {
      next_.erase(i);
      return;
    }
    Value sum = scan_.body->value(state);
    const std::vector<Origin>& origins = scan_.body->origins(scan_.next[i]);
    if (!origins.empty()) scan_.body->current_origin = origins.front();
    for (NodeId term : terms.within) sum = sum + scan_.body->value(term);
    next_[i] = sum.id;
  }

  std::vector<NodeId> next_in_loop() const {
    std::vector<NodeId> next;
    for (const auto& [state, id] : next_) next.push_back(id);
    return next;
  }

  void put_out_itself(NodeId id) {
    if (std::find(outputs_.begin(), outputs_.end(), id) == outputs_.end()) outputs_.push_back(id);
  }

  bool is_state(NodeId id) const {
    return std::any_of(scan_.states.begin(), scan_.states.end(), [&](const auto& each) { return each.within == id; });
  }

  /// What the loop puts out, so that the node can be computed behind it.
  void put_out(NodeId id) {
    if (!seen_.insert(id).second) return;
    const Node& node = body_.node(id);
    if (is_input(node) ? is_state(id) : cone_.contains(id) || !works_on_all_steps(node)) {
      if (depends_on_step(id)) put_out_itself(id);
      return;
    }
    for (NodeId operand : node.operands) put_out(operand);
  }

  /// Whether a contraction that no state needs makes it.
  bool needs_product(NodeId id) {
    if (auto known = products_.find(id); known != products_.end()) return known->second;
    const Node& node = body_.node(id);
    bool product = false;
    if (!is_input(node) && !cone_.contains(id) && works_on_all_steps(node)) {
      product =
          node.op->op_class == OpClass::contraction ||
          std::any_of(node.operands.begin(), node.operands.end(), [&](NodeId each) { return needs_product(each); });
    }
    products_[id] = product;
    return product;
  }

  Value together() {
    ScanParts loop = scan_;
    loop.states.clear();
    loop.next.clear();
    std::map<size_t, int64_t> place;
    for (const auto& [i, id] : next_) {
      place[i] = static_cast<int64_t>(loop.states.size());
      loop.states.push_back(scan_.states[i]);
      loop.next.push_back(id);
    }
    loop.outputs = outputs_;
    AllSteps steps(scan_);
    Value all;
    if (!loop.states.empty() || !loop.outputs.empty()) all = loop.together();
    for (size_t i = 0; i < outputs_.size(); ++i) {
      steps.know(outputs_[i], project(all, static_cast<int64_t>(loop.states.size() + i)));
    }
    std::vector<Value> parts;
    for (size_t i = 0; i < scan_.states.size(); ++i) {
      Value last = place.contains(i) ? project(all, place.at(i)) : scan_.states[i].outside;
      if (terms_.contains(i)) {
        for (NodeId term : terms_.at(i)) last = accumulate(last, steps.summed(term));
      }
      parts.push_back(last);
    }
    for (size_t i = 0; i < scan_.outputs.size(); ++i) parts.push_back(output(steps, i));
    return tuple(*scan_.graph, parts);
  }

  Value output(AllSteps& steps, size_t i) const {
    if (live_.outputs.contains(i)) return steps.stacked(scan_.outputs[i]);
    Type type = body_.type(scan_.outputs[i]);
    type.shape.insert(type.shape.begin(), Dim(scan_.length));
    return full(*scan_.graph, 0, type);  // nothing reads it
  }

  const ScanParts& scan_;
  const Graph& body_;
  LiveParts live_;
  std::map<size_t, NodeId> next_;                ///< of the states that the loop keeps
  std::map<size_t, std::vector<NodeId>> terms_;  ///< of a state, added up behind the loop
  std::set<NodeId> cone_;                        ///< what the next states need
  std::vector<NodeId> outputs_;                  ///< of the loop
  std::set<NodeId> seen_;                        ///< by put_out
  std::map<NodeId, bool> products_;              ///< what needs_product said
};

}  // namespace

Value parts_behind_loop(const ScanParts& scan, const std::set<size_t>& used) { return BehindLoop(scan, used).parts(); }

}  // namespace nnc
