#include "passes/fuse/updates.h"

#include <algorithm>
#include <map>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "passes/fuse/rules.h"
#include "support/fault.h"

namespace nnc {

namespace {

/// Elements of an update that is gathered with others: beyond, a call is nothing beside the work, and a kernel of its
/// own can be shared with the equal one of another layer.
constexpr int64_t kSmallUpdate = 64;

class Updates {
 public:
  Updates(Groups& groups, Fusions& fusions)
      : graph_(groups.graph()), groups_(groups), fusions_(fusions), loss_(loss_group()) {}

  void place() {
    std::map<std::string, NodeId> variables;
    for (NodeId node : groups_.order()) {
      if (const std::string* path = variable_path(graph_.node(node))) variables[*path] = node;
    }
    std::vector<uint32_t> copied;
    for (uint32_t i = 0; i < graph_.results.size(); ++i) {
      const Result& result = graph_.results[i];
      if (result.kind != ResultKind::update) continue;
      auto variable = variables.find(result.name);
      NodeId old_value = variable == variables.end() ? kNoNode : variable->second;
      if (!store_in_place(i, old_value)) copied.push_back(i);
    }
    if (!copied.empty()) copy_at_the_end(std::move(copied));
  }

  void gather() {
    GroupId into = kNoGroup;
    for (GroupId group = 0; group < groups_.size(); ++group) {
      if (!is_small_update(group)) continue;
      bool fits = into != kNoGroup && fits_one_kernel(groups_, into, group) && !groups_.precedes(into, group) &&
                  !groups_.precedes(group, into);
      if (fits && fusions_.left()) {
        groups_[into].kind = KernelKind::updates;
        groups_.merge(group, into);
        fusions_.spend();
      } else {
        into = group;
      }
    }
  }

 private:
  GroupId loss_group() const {
    const NodeId loss = loss_of(graph_);
    return loss == kNoNode ? kNoGroup : groups_.of(loss);
  }

  void copy_at_the_end(std::vector<uint32_t> numbers) {
    GroupId last = groups_.open_empty(KernelKind::updates);
    groups_[last].updates = std::move(numbers);
    groups_[last].border = "the old values are read until here";
    for (GroupId group = 0; group < last; ++group) {
      if (!groups_[group].merged) groups_.order_before(group, last);
    }
  }

  /// Whether result `number` can be written by the kernel that computes it, and if so orders the others around it.
  bool store_in_place(uint32_t number, NodeId old_value) {
    NodeId node = graph_.results[number].node;
    GroupId group = groups_.of(node);
    if (group == kNoGroup || group == loss_) return false;
    if (loss_ != kNoGroup && groups_.precedes(group, loss_)) return false;
    std::vector<GroupId> readers;
    if (old_value != kNoNode) {
      if (!reads_only_own_elements(group, old_value)) return false;
      for (NodeId reader : groups_.readers(old_value)) {
        GroupId where = groups_.of(reader);
        if (where == group) continue;
        if (groups_.precedes(group, where)) return false;
        readers.push_back(where);
      }
      if (groups_.is_result(old_value)) return false;  // copied before anything writes it
    }
    if (graph_.type(node).shape != groups_[group].space) return false;
    if (!fault(Fault::stale_update)) {
      for (GroupId reader : readers) groups_.order_before(reader, group);
    }
    if (loss_ != kNoGroup) groups_.order_before(loss_, group);
    groups_[group].updates.push_back(number);
    return true;
  }

  bool reads_only_own_elements(GroupId group, NodeId old_value) const {
    for (NodeId member : groups_[group].members) {
      for (const Read& read : groups_.reads(member)) {
        if (read.node != old_value) continue;
        bool operand = graph_.node(member).op->op_class != OpClass::elementwise;
        if (!read.direct || operand) return false;
      }
    }
    return true;
  }

  /// Whether the group maps a few elements to new values of variables, which nobody reads in this step.
  bool is_small_update(GroupId id) const {
    const Group& group = groups_[id];
    if (group.merged || group.kind != KernelKind::elementwise || group.updates.empty()) return false;
    std::optional<Dim> elements = product(group.space);
    if (!elements || !elements->constant() || elements->count > kSmallUpdate) return false;
    return std::none_of(group.members.begin(), group.members.end(), [&](NodeId member) {
      std::vector<NodeId> readers = groups_.readers(member);
      return is_copied_or_yielded(member, group) ||
             std::any_of(readers.begin(), readers.end(), [&](NodeId reader) { return groups_.of(reader) != id; });
    });
  }

  bool is_copied_or_yielded(NodeId node, const Group& group) const {
    std::span<const uint32_t> results = groups_.results(node);
    return std::any_of(results.begin(), results.end(), [&](uint32_t i) {
      return std::find(group.updates.begin(), group.updates.end(), i) == group.updates.end();
    });
  }

  const Graph& graph_;
  Groups& groups_;
  Fusions& fusions_;
  GroupId loss_;
};

}  // namespace

void place_updates(Groups& groups, Fusions& fusions) {
  Updates updates(groups, fusions);
  updates.place();
  updates.gather();
}

}  // namespace nnc
