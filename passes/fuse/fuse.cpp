// 1. Nodes in order: each joins the latest group among those that it reads, if the rules allow, else opens a group.
//    A mask that only one far kernel asks for waits alone.
// 2. Elementwise groups whose values only one other group reads move into it.
// 3. Updates become stores in place, small ones together; what can't be is copied at the end (passes/fuse/updates.h).
// 4. Groups are put into an order; each names its outputs and the reason for its border.
#include "passes/fuse.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "ir/graph/op.h"
#include "passes/fuse/groups.h"
#include "passes/fuse/name.h"
#include "passes/fuse/rules.h"
#include "passes/fuse/updates.h"
#include "support/error.h"

namespace nnc {

namespace {

class Fuser {
 public:
  Fuser(const Graph& graph, const PassOptions& options) : graph_(graph), groups_(graph), fusions_{options.fuse_limit} {}

  Partition run() {
    for (NodeId node : groups_.order()) {
      if (groups_.is_leaf(node) || groups_.is_free(node)) continue;
      if (is_part_of_scan(node)) {
        groups_.add(node, groups_.of(graph_.node(node).operands[0]));
      } else if (is_asked_later(node)) {
        later_.push_back(groups_.open(kind_of(graph_, node), node, space_of(graph_, node)));
      } else {
        place(node);
      }
    }
    merge_producers();
    merge_unplaced();
    place_updates(groups_, fusions_);
    return partition();
  }

 private:
  bool is_part_of_scan(NodeId node) const {
    return graph_.node(node).op->op_class == OpClass::structured && graph_.node(node).bodies.empty();
  }

  /// A question about one value that is asked once, far from where the value is made: the answer is made there, instead
  /// of being stored beside the value.
  bool is_asked_later(NodeId node) const {
    const Node& question = graph_.node(node);
    bool mask = question.op->op_class == OpClass::elementwise && question.type.element == Element::boolean &&
                question.type.rank() > 0;
    std::vector<Read> about = groups_.reads(node);
    std::erase_if(about, [&](const Read& read) { return groups_.is_leaf(read.node); });
    std::vector<NodeId> readers = groups_.readers(node);
    if (!mask || groups_.is_result(node) || about.size() != 1 || readers.size() != 1) return false;
    GroupId maker = groups_.of(about[0].node);
    if (maker == kNoGroup || graph_.node(readers[0]).op->op_class != OpClass::elementwise) return false;
    std::vector<Read> beside = groups_.reads(readers[0]);
    return std::none_of(beside.begin(), beside.end(),
                        [&](const Read& read) { return read.node != node && groups_.of(read.node) == maker; });
  }

  /// Questions that could not move to who asks them go back to their value.
  void merge_unplaced() {
    for (GroupId group : later_) {
      if (groups_[group].merged || groups_[group].members.size() != 1) continue;
      NodeId node = groups_[group].members[0];
      for (const Read& read : groups_.reads(node)) {
        GroupId maker = groups_.of(read.node);
        if (maker == kNoGroup || maker == group || !fusions_.left()) continue;
        if (!why_not_join(groups_, maker, node).empty()) continue;
        groups_.merge(group, maker);
        fusions_.spend();
        break;
      }
    }
  }

  void place(NodeId node) {
    std::vector<GroupId> candidates;
    for (const Read& read : groups_.reads(node)) {
      GroupId group = groups_.of(read.node);
      if (group != kNoGroup) candidates.push_back(group);
    }
    if (candidates.empty() && graph_.type(node).rank() == 0 && scalars_ != kNoGroup) candidates.push_back(scalars_);
    // A kernel with a contraction or a reduction makes the value where it is needed; among equals the latest one does.
    auto preferred = [&](GroupId a, GroupId b) {
      bool a_maps = groups_[a].kind == KernelKind::elementwise, b_maps = groups_[b].kind == KernelKind::elementwise;
      return a_maps != b_maps ? b_maps : a > b;
    };
    std::sort(candidates.begin(), candidates.end(), preferred);
    candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
    for (GroupId group : candidates) {
      std::string reason = why_not_join(groups_, group, node);
      if (reason.empty() && fusions_.left()) return join(node, group);
      note_border(group, node, reason.empty() ? "is past the limit of fusions" : reason);
    }
    GroupId opened = groups_.open(kind_of(graph_, node), node, space_of(graph_, node));
    bool scalar = graph_.type(node).rank() == 0 && groups_[opened].kind == KernelKind::elementwise;
    if (scalar && scalars_ == kNoGroup) scalars_ = opened;
  }

  void join(NodeId node, GroupId group) {
    if (graph_.node(node).op->op_class == OpClass::reduction && groups_[group].kind == KernelKind::elementwise) {
      groups_[group].kind = KernelKind::rows;
    }
    groups_.add(node, group);
    fusions_.spend();
  }

  void note_border(GroupId group, NodeId node, const std::string& reason) {
    if (groups_[group].border.empty()) groups_[group].border = fmt::format("{} {}", describe(graph_, node), reason);
  }

  /// The one group that reads all of a group's values, or none.
  GroupId only_reader(GroupId group) const {
    GroupId only = kNoGroup;
    for (NodeId member : groups_[group].members) {
      for (NodeId reader : groups_.readers(member)) {
        GroupId where = groups_.of(reader);
        if (where == group || where == only) continue;
        if (only != kNoGroup) return kNoGroup;
        only = where;
      }
    }
    return only;
  }

  void merge_producers() {
    for (GroupId group = static_cast<GroupId>(groups_.size()); group-- > 0;) {
      if (groups_[group].merged) continue;
      GroupId reader = only_reader(group);
      if (reader == kNoGroup || !fusions_.left()) continue;
      if (!why_not_merge(groups_, group, reader).empty() || leads_around(group, reader)) continue;
      groups_.merge(group, reader);
      fusions_.spend();
    }
  }

  /// Whether something between the two would have to run after one and before the other.
  bool leads_around(GroupId from, GroupId to) const {
    for (GroupId earlier : groups_.before(to)) {
      if (earlier != from && groups_.precedes(from, earlier)) return true;
    }
    return false;
  }

  bool is_output(NodeId node, GroupId group) const {
    if (groups_.is_yielded(node)) return true;
    for (NodeId reader : groups_.readers(node)) {
      if (groups_.of(reader) != group) return true;
    }
    const std::vector<uint32_t>& own = groups_[group].updates;
    std::span<const uint32_t> updates = groups_.results(node);  // those of others are copied at the end
    return std::any_of(updates.begin(), updates.end(),
                       [&](uint32_t i) { return std::find(own.begin(), own.end(), i) == own.end(); });
  }

  /// Why a group ends where nothing was refused: its readers were placed with other values, or nobody reads on.
  std::string end_of(GroupId group) const {
    for (NodeId member : groups_[group].members) {
      for (NodeId reader : groups_.readers(member)) {
        GroupId where = groups_.of(reader);
        if (where == group || where == kNoGroup) continue;
        return fmt::format("{} is made with other values that it reads", describe(graph_, reader));
      }
    }
    return groups_[group].updates.empty() ? "nothing reads on: a result" : "nothing reads on: written in place";
  }

  /// Members and the free nodes that they use, operands first.
  std::vector<NodeId> with_free(const Group& group) const {
    std::vector<NodeId> nodes = group.members, pending = group.members;
    std::unordered_set<NodeId> there(nodes.begin(), nodes.end());
    while (!pending.empty()) {
      NodeId node = pending.back();
      pending.pop_back();
      for (NodeId operand : graph_.node(node).operands) {
        if (!groups_.is_free(operand) || !there.insert(operand).second) continue;
        nodes.push_back(operand);
        pending.push_back(operand);
      }
    }
    std::sort(nodes.begin(), nodes.end(),
              [&](NodeId a, NodeId b) { return groups_.position(a) < groups_.position(b); });
    return nodes;
  }

  Partition partition() {
    Partition result;
    KernelNames names(graph_);
    for (GroupId id : groups_.schedule()) {
      const Group& group = groups_[id];
      KernelGroup kernel;
      kernel.kind = group.kind;
      kernel.nodes = with_free(group);
      for (NodeId member : group.members) {
        if (is_output(member, id)) kernel.outputs.push_back(member);
      }
      kernel.updates = group.updates;
      kernel.border = group.border.empty() ? end_of(id) : group.border;
      kernel.name = names.make(kernel);
      if (group.kind == KernelKind::scan) add_bodies(group, kernel);
      result.kernels.push_back(std::move(kernel));
    }
    result.graph = graph_;
    return result;
  }

  void add_bodies(const Group& group, KernelGroup& kernel) const {
    PassOptions options;
    options.fuse_limit = fusions_.limit;
    for (const auto& body : graph_.node(group.root).bodies) kernel.bodies.push_back(Fuser(*body, options).run());
  }

  const Graph& graph_;
  Groups groups_;
  Fusions fusions_;
  GroupId scalars_ = kNoGroup;
  std::vector<GroupId> later_;  ///< of questions asked far from their value
};

}  // namespace

Partition fuse(const Graph& graph, const PassOptions& options) {
  Partition partition = Fuser(graph, options).run();
  partition.compiled = compiled_for(options);
  return partition;
}

StageValue run_fuse(const StageValue& program, const PassOptions& options) {
  return fuse(std::get<Graph>(program), options);
}

}  // namespace nnc
