// Groups of nodes on their way to becoming kernels: who is where, who must run before whom.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/graph/partition.h"
#include "passes/fuse/run_order.h"

namespace nnc {

struct Group {
  KernelKind kind = KernelKind::elementwise;
  NodeId root = kNoNode;        ///< the contraction, reduction, …; of an elementwise group its first node
  Shape space;                  ///< the index space: of the root's result, or R+[K] of rows
  std::vector<NodeId> members;  ///< without free nodes, operands first
  std::vector<uint32_t> updates;
  std::string border;
  bool merged = false;  ///< its members have moved to another group
};

/// A value that a node reads, seen through free nodes: directly, at the node's own index, or elsewhere.
struct Read {
  NodeId node = kNoNode;
  bool direct = true;      ///< no free node between
  bool along_row = false;  ///< between lies just one broadcast that repeats along a new last axis
};

class Groups {
 public:
  explicit Groups(const Graph& graph);

  const Graph& graph() const { return graph_; }
  const std::vector<NodeId>& order() const { return order_; }  ///< reachable nodes, operands first
  size_t position(NodeId node) const { return position_[node]; }
  bool is_leaf(NodeId node) const;
  bool is_free(NodeId node) const { return free_[node]; }
  bool is_result(NodeId node) const { return result_[node]; }
  bool is_yielded(NodeId node) const { return yielded_[node]; }  ///< a result that is no update
  const std::vector<NodeId>& users(NodeId node) const { return users_[node]; }
  /// Numbers of the results that are this node.
  std::span<const uint32_t> results(NodeId node) const;

  /// What a node reads through free nodes: leaves and members of groups.
  std::vector<Read> reads(NodeId node) const;
  /// Nodes that read this one through free nodes.
  std::vector<NodeId> readers(NodeId node) const;

  GroupId of(NodeId node) const { return group_of_[node]; }
  Group& operator[](GroupId id) { return groups_[id]; }
  const Group& operator[](GroupId id) const { return groups_[id]; }
  size_t size() const { return groups_.size(); }

  GroupId open(KernelKind kind, NodeId root, const Shape& space);
  /// A group without nodes (copies of results).
  GroupId open_empty(KernelKind kind);
  void add(NodeId node, GroupId group);
  /// Moves every member and update of `from` into `to`.
  void merge(GroupId from, GroupId to);
  void order_before(GroupId first, GroupId second) { run_order_.put_before(first, second); }
  /// Groups that must run earlier, those through others left out.
  const std::set<GroupId>& before(GroupId group) const { return run_order_.before(group); }
  /// Whether `first` must run before `second`, directly or through others.
  bool precedes(GroupId first, GroupId second) const { return run_order_.precedes(first, second); }
  /// Whether `node` can lie in `group` without the group having to wait for itself.
  bool can_hold(GroupId group, NodeId node) const;

  /// The groups in an order in which they can run: earliest members first where there is a choice.
  std::vector<GroupId> schedule() const;

 private:
  void find_free();
  bool limit_parts(NodeId id);

  const Graph& graph_;
  std::vector<NodeId> order_;
  std::vector<size_t> position_;
  std::vector<bool> free_;
  std::vector<size_t> parts_;  ///< among which an element of a free node chooses
  std::vector<bool> result_, yielded_;
  std::vector<std::vector<NodeId>> users_;
  std::unordered_map<NodeId, std::vector<uint32_t>> results_of_;
  std::vector<GroupId> group_of_;
  std::vector<Group> groups_;
  RunOrder run_order_;
};

}  // namespace nnc
