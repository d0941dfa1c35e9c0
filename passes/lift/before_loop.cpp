#include "passes/lift/before_loop.h"

#include <algorithm>
#include <map>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "passes/lift/all_steps.h"

namespace nnc {

namespace {

class BeforeLoop {
 public:
  BeforeLoop(const ScanParts& scan, const std::set<size_t>& used) : scan_(scan), body_(*scan.body) {
    const std::vector<NodeId> results = live_parts(scan, used).results(scan);
    nodes_ = scan.needed_by(results);
    for (NodeId id : nodes_) {
      for (NodeId operand : body_.node(id).operands) users_[operand].insert(id);
    }
    for (NodeId result : results) kept_.insert(result);
  }

  NewInputs choose() {
    classify();
    for (NodeId id : nodes_) {
      if (on_steps_.contains(id) && body_.node(id).op->op_class == OpClass::contraction) take(id);
    }
    for (NodeId id : nodes_) {
      if (gains(id)) taken_.insert(id);
    }
    NewInputs inputs;
    AllSteps steps(scan_);
    for (NodeId id : nodes_) {
      if (taken_.contains(id) && read_in_loop(id)) inputs.sequences.emplace_back(id, steps.of(id).value);
      if (is_invariant(id)) inputs.invariants.emplace_back(id, steps.of(id).value);
    }
    return inputs;
  }

 private:
  static bool is_input(const Node& node) { return leaf_path(node) != nullptr; }

  /// Nodes that depend on a sequence and no state, and those that depend on neither and are no constants.
  void classify() {
    std::set<NodeId> states, sequences;
    for (const ScanOperand& state : scan_.states) states.insert(state.within);
    for (const ScanOperand& sequence : scan_.sequences) sequences.insert(sequence.within);
    for (NodeId id : nodes_) {
      const Node& node = body_.node(id);
      if (is_input(node)) {
        if (sequences.contains(id)) on_steps_.insert(id);
        if (!sequences.contains(id) && !states.contains(id)) invariant_.insert(id);
        continue;
      }
      auto all = [&](auto&& holds) { return std::all_of(node.operands.begin(), node.operands.end(), holds); };
      auto any = [&](const std::set<NodeId>& set) {
        return std::any_of(node.operands.begin(), node.operands.end(), [&](NodeId each) { return set.contains(each); });
      };
      const bool free = all([&](NodeId each) { return on_steps_.contains(each) || same_in_all(each); });
      if (!free) continue;
      if (!any(on_steps_)) {
        (any(invariant_) ? invariant_ : constant_).insert(id);
      } else if (works_on_all_steps(node)) {
        on_steps_.insert(id);
      }
    }
  }

  bool same_in_all(NodeId id) const { return invariant_.contains(id) || constant_.contains(id); }

  /// With all that it needs of the steps.
  void take(NodeId id) {
    if (!on_steps_.contains(id) || is_input(body_.node(id)) || !taken_.insert(id).second) return;
    for (NodeId operand : body_.node(id).operands) take(operand);
  }

  /// Whether the loop reads it, if `also` is taken too.
  bool read_in_loop(NodeId id, NodeId also = kNoNode) const {
    auto users = users_.find(id);
    if (kept_.contains(id) || users == users_.end()) return true;
    return std::any_of(users->second.begin(), users->second.end(),
                       [&](NodeId user) { return user != also && !taken_.contains(user); });
  }

  int64_t size_of(NodeId id) const {
    const std::optional<Dim> count = product(body_.type(id).shape);
    return count ? count->count : 0;
  }

  /// An elementwise node of what is taken: whether less is kept for the steps when it is taken too.
  bool gains(NodeId id) const {
    const Node& node = body_.node(id);
    if (!on_steps_.contains(id) || taken_.contains(id) || node.op->op_class != OpClass::elementwise) return false;
    int64_t spared = 0;
    for (NodeId operand : std::set<NodeId>(node.operands.begin(), node.operands.end())) {
      if (taken_.contains(operand) && !read_in_loop(operand, id)) spared += size_of(operand);
      if (on_steps_.contains(operand) && !taken_.contains(operand) && !is_input(body_.node(operand))) return false;
    }
    return spared > 0 && spared >= size_of(id);
  }

  /// Computed once: what depends on no step, but for repetitions, which take less where they are read.
  bool is_invariant(NodeId id) const {
    const Node& node = body_.node(id);
    if (!invariant_.contains(id) || is_input(node) || has_view<BroadcastAttributes>(node)) return false;
    if (node.op->op_class == OpClass::random) return false;
    auto users = users_.find(id);
    if (kept_.contains(id) || users == users_.end()) return true;
    return std::any_of(users->second.begin(), users->second.end(), [&](NodeId user) {
      return !invariant_.contains(user) || has_view<BroadcastAttributes>(body_.node(user));
    });
  }

  const ScanParts& scan_;
  const Graph& body_;
  std::set<NodeId> nodes_, kept_;
  std::map<NodeId, std::set<NodeId>> users_;
  std::set<NodeId> on_steps_, invariant_, constant_, taken_;
};

}  // namespace

NewInputs before_loop(const ScanParts& scan, const std::set<size_t>& used) { return BeforeLoop(scan, used).choose(); }

}  // namespace nnc
