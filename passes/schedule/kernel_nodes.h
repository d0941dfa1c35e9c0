// What one kernel computes, asked before any of it is written: which nodes, which of them several statements use, and
// how many vector registers they want.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "passes/schedule/pieces.h"
#include "passes/schedule/sizes.h"

namespace nnc {

class KernelNodes {
 public:
  /// `in_memory` says which nodes lie in memory before this kernel runs, or are made there by it.
  KernelNodes(const Graph& graph, const Piece& piece, std::function<bool(NodeId)> in_memory);

  const Graph& graph() const { return graph_; }
  const Piece& piece() const { return piece_; }
  const Type& type(NodeId id) const { return graph_.type(id); }
  /// Stored by this kernel: computed here, not loaded.
  bool own(NodeId id) const { return own_.contains(id); }
  bool loaded(NodeId id) const { return !own(id) && in_memory_(id); }
  bool in_memory(NodeId id) const { return in_memory_(id); }

  /// Nodes of which `from` is made here, operands first, with the number of uses of each. What stands before the root
  /// is left out unless `through_root`.
  std::vector<NodeId> computed(const std::vector<NodeId>& from, bool through_root,
                               std::unordered_map<NodeId, int>& uses) const;
  /// All that the kernel reads and computes.
  std::vector<NodeId> computed(std::unordered_map<NodeId, int>& uses) const;
  /// All that it computes: no leaves, and nothing that it loads.
  std::vector<NodeId> made() const;
  /// Whether an element of the node is made of what this kernel or another loop computes.
  bool depends_on_root(NodeId id) const;

  /// Nodes that several statements of the kernel use: each can hold a register from its first use to its last.
  std::unordered_set<NodeId> shared() const;
  /// Vector registers that the kernel's stores hold at once, at most: a value for each node that is stored and, unless
  /// they are recomputed, for each that is shared.
  int64_t held(bool recompute, int lanes, const StepSizes& sizes) const;
  /// Vector registers that positions, conditions and random words take beside values, where elements of `from` are
  /// computed in so many lanes.
  int64_t beside(const std::vector<NodeId>& from, bool through_root, int lanes) const;

  /// The most lanes that the kernel runs in: those of the widest float that it stores, in an index space and in rows
  /// also of those that it computes. A contraction's are its sums', a window's what it compares in, a scatter's what it
  /// adds in.
  int widest(const StepSizes& sizes) const;
  /// Whether the kernel can run over its elements as one row-major axis.
  bool is_flat(const StepSizes& sizes) const;
  /// Whether most of the work is loading rows one lane at a time, by a number that differs from lane to lane: vectors
  /// would only be more code.
  bool gathers_lanes(int vector_axis) const;
  /// The axis along which elements are neighbours in the one stored tensor that the kernel copies with its axes in
  /// another order; −1 where it does anything else, or neighbours stay neighbours.
  int transposed_axis() const;

 private:
  bool is_flat_node(NodeId id, const Shape& shape) const;

  const Graph& graph_;
  const Piece& piece_;
  std::function<bool(NodeId)> in_memory_;
  std::unordered_set<NodeId> own_;
};

/// The axis of its operand that each axis of the node runs along, where the node only puts axes into another order (or
/// the same): what its op's record says of its elements; none of any other.
std::optional<std::vector<int64_t>> reordered_axes(const Graph& graph, const Node& node);

/// Whether elements of the node need registers beside those of their operands: positions that differ from lane to lane
/// in no regular way, conditions, the words of a random number.
bool takes_registers(const Graph& graph, const Node& node);

}  // namespace nnc
