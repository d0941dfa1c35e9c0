#include "passes/fuse/groups.h"

#include <algorithm>
#include <array>
#include <queue>
#include <unordered_set>

#include "ir/graph/contraction.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "passes/layout.h"
#include "support/error.h"

namespace nnc {

Groups::Groups(const Graph& graph)
    : graph_(graph),
      order_(graph.reachable()),
      position_(graph.size(), 0),
      free_(graph.size(), false),
      parts_(graph.size(), 1),
      result_(graph.size(), false),
      yielded_(graph.size(), false),
      users_(graph.size()),
      group_of_(graph.size(), kNoGroup) {
  for (size_t i = 0; i < order_.size(); ++i) {
    position_[order_[i]] = i;
    for (NodeId operand : graph.node(order_[i]).operands) users_[operand].push_back(order_[i]);
  }
  for (uint32_t i = 0; i < graph.results.size(); ++i) {
    const Result& result = graph.results[i];
    results_of_[result.node].push_back(i);
    result_[result.node] = true;
    if (result.kind != ResultKind::update) yielded_[result.node] = true;
  }
  find_free();
}

std::span<const uint32_t> Groups::results(NodeId node) const {
  auto found = results_of_.find(node);
  return found == results_of_.end() ? std::span<const uint32_t>() : found->second;
}

bool Groups::is_leaf(NodeId node) const { return graph_.node(node).op->op_class == OpClass::leaf; }

namespace {

/// A reshape that only puts in or takes out axes of one element: the same subscripts.
bool only_moves_unit_axes(const Graph& graph, const Node& node) {
  if (node.op != &op("reshape")) return false;
  Shape from = graph.type(node.operands[0]).shape, to = node.type.shape;
  std::erase(from, Dim(1));
  std::erase(to, Dim(1));
  return from == to;
}

}  // namespace

/// Counts among how many parts an element of the node chooses, seen through free operands. Where those are too many,
/// the operands that choose themselves are stored, and so no longer free; false where it chooses among too many all the
/// same.
bool Groups::limit_parts(NodeId id) {
  const std::vector<NodeId>& operands = graph_.node(id).operands;
  auto count = [&] {
    size_t parts = 0;
    for (NodeId operand : operands) parts += free_[operand] ? parts_[operand] : 1;
    return parts;
  };
  if (count() > kMostParts) {
    for (NodeId operand : operands) free_[operand] = free_[operand] && parts_[operand] == 1;
  }
  parts_[id] = count();
  return parts_[id] <= kMostParts;
}

namespace {

/// What windows of a contraction are read from is read many times, and is stored as it is read: pads and the like
/// beside each other in one kernel, which reads what another has turned.
std::unordered_set<NodeId> read_in_windows(const Graph& graph, const std::vector<NodeId>& nodes) {
  std::unordered_set<NodeId> stored;
  for (NodeId id : nodes) {
    const Node& node = graph.node(id);
    if (node.op->op_class != OpClass::contraction) continue;
    const Contraction contraction =
        contraction_of(node, std::array{graph.type(node.operands[0]), graph.type(node.operands[1])});
    for (size_t i = 0; i < 2; ++i) {
      if (!contraction.has_windows(i)) continue;
      NodeId moved = node.operands[i];
      if (graph.node(moved).op->op_class == OpClass::movement) stored.insert(moved);
      for (; graph.node(moved).op->op_class == OpClass::movement; moved = graph.node(moved).operands[0]) {
        if (graph.node(moved).op == &op("permute")) stored.insert(moved);
      }
    }
  }
  return stored;
}

}  // namespace

// Movement costs subscripts and no memory where it happens once, or where what it moves is small or a leaf anyway. A
// result has to be stored, so it is never free.
void Groups::find_free() {
  const std::unordered_set<NodeId> windowed = read_in_windows(graph_, order_);
  for (NodeId id : order_) {
    const Node& node = graph_.node(id);
    if (node.op->op_class != OpClass::movement || result_[id] || windowed.contains(id)) continue;
    const NodeId moved = node.operands[0];
    bool small = graph_.type(moved).rank() == 0;
    bool alone = node.operands.size() == 1 && (is_leaf(moved) || free_[moved]);
    bool cheap =
        node.op == &op("broadcast") || only_moves_unit_axes(graph_, node) || users_[id].size() == 1 || small || alone;
    free_[id] = cheap && limit_parts(id);
  }
}

std::vector<Read> Groups::reads(NodeId node) const {
  std::vector<Read> found;
  std::vector<Read> pending;
  for (NodeId operand : graph_.node(node).operands) pending.push_back({operand, true, false});
  while (!pending.empty()) {
    Read read = pending.back();
    pending.pop_back();
    if (!free_[read.node]) {
      found.push_back(read);
      continue;
    }
    const Node& moved = graph_.node(read.node);
    bool row = false;
    if (read.direct && moved.op == &op("broadcast")) {
      const Ints axes = view<BroadcastAttributes>(moved).axes;
      row = static_cast<int>(axes.size()) == moved.type.rank() - 1;
      for (size_t i = 0; i < axes.size(); ++i) row = row && axes[i] == static_cast<int64_t>(i);
      const Shape& from = graph_.type(moved.operands[0]).shape;
      for (size_t i = 0; row && i < from.size(); ++i) row = from[i] == moved.type.shape[i];
    }
    for (NodeId operand : moved.operands) pending.push_back({operand, false, row});
  }
  return found;
}

std::vector<NodeId> Groups::readers(NodeId node) const {
  std::vector<NodeId> found, pending(users_[node]);
  while (!pending.empty()) {
    NodeId user = pending.back();
    pending.pop_back();
    if (free_[user]) {
      pending.insert(pending.end(), users_[user].begin(), users_[user].end());
    } else {
      found.push_back(user);
    }
  }
  return found;
}

GroupId Groups::open(KernelKind kind, NodeId root, const Shape& space) {
  GroupId id = open_empty(kind);
  groups_[id].root = root;
  groups_[id].space = space;
  add(root, id);
  return id;
}

GroupId Groups::open_empty(KernelKind kind) {
  groups_.emplace_back();
  groups_.back().kind = kind;
  run_order_.append();
  return static_cast<GroupId>(groups_.size() - 1);
}

void Groups::add(NodeId node, GroupId group) {
  group_of_[node] = group;
  groups_[group].members.push_back(node);
  for (const Read& read : reads(node)) {
    GroupId from = group_of_[read.node];
    if (from != kNoGroup && from != group) run_order_.put_before(from, group);
  }
}

void Groups::merge(GroupId from, GroupId to) {
  for (NodeId node : groups_[from].members) {
    group_of_[node] = to;
    groups_[to].members.push_back(node);
  }
  std::sort(groups_[to].members.begin(), groups_[to].members.end(),
            [&](NodeId a, NodeId b) { return position_[a] < position_[b]; });
  groups_[to].updates.insert(groups_[to].updates.end(), groups_[from].updates.begin(), groups_[from].updates.end());
  groups_[from].members.clear();
  groups_[from].updates.clear();
  groups_[from].merged = true;
  run_order_.merge(from, to);
}

bool Groups::can_hold(GroupId group, NodeId node) const {
  std::vector<Read> read = reads(node);
  return std::none_of(read.begin(), read.end(), [&](const Read& r) {
    GroupId from = group_of_[r.node];
    return from != kNoGroup && from != group && precedes(group, from);
  });
}

std::vector<GroupId> Groups::schedule() const {
  std::vector<size_t> waiting(groups_.size(), 0);
  std::vector<std::vector<GroupId>> after(groups_.size());
  auto rank = [&](GroupId id) {
    return groups_[id].members.empty() ? order_.size() + id : position_[groups_[id].members.front()];
  };
  auto later = [&](GroupId a, GroupId b) { return rank(a) > rank(b); };
  std::priority_queue<GroupId, std::vector<GroupId>, decltype(later)> ready(later);
  size_t alive = 0;
  for (GroupId id = 0; id < groups_.size(); ++id) {
    if (groups_[id].merged) continue;
    ++alive;
    waiting[id] = before(id).size();
    for (GroupId earlier : before(id)) after[earlier].push_back(id);
    if (waiting[id] == 0) ready.push(id);
  }
  std::vector<GroupId> result;
  while (!ready.empty()) {
    GroupId id = ready.top();
    ready.pop();
    result.push_back(id);
    for (GroupId next : after[id]) {
      if (--waiting[next] == 0) ready.push(next);
    }
  }
  NNC_ASSERT(result.size() == alive, "the kernels wait for each other in a circle");
  return result;
}

}  // namespace nnc
