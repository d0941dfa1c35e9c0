// A kernel group as a sequence of pieces, each with loops of its own: at most one node that needs them (the root), and
// the stored nodes that are computed element by element from it.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ir/graph/op.h"
#include "ir/graph/partition.h"

namespace nnc {

struct Piece {
  const KernelGroup* group = nullptr;
  NodeId root = kNoNode;       ///< a reduction, contraction, window, scatter or scan; none: elementwise
  bool rows = false;           ///< all of a row kernel: several reductions
  std::vector<NodeId> stores;  ///< in an order in which operands come first; the root too when it is stored
};

/// What an element of a node is made of: stored nodes, leaves and nodes with loops that are reached through nodes that
/// are computed in place. True: only at the element's own index.
using Reached = std::unordered_map<NodeId, bool>;
void reach(const Graph& graph, NodeId id, bool same_index, const std::unordered_set<NodeId>& stored, Reached& reached);

/// What a piece that is no row kernel reads, and whether only at the index that it stores.
Reached reads_of(const Graph& graph, const Piece& piece, const std::unordered_set<NodeId>& stored);

/// Whether the node lies in memory before any kernel runs.
bool is_memory_leaf(const Node& node);
std::unordered_set<NodeId> memory_leaves(const Graph& graph);
/// Adds what lies in memory once the kernel has run.
void add_stores(const Graph& graph, const KernelGroup& kernel, std::unordered_set<NodeId>& stored);

/// The pieces of a kernel that is one call: one, but for small updates, of which each shape of stored nodes is one.
std::vector<Piece> pieces_in(const Graph& graph, const KernelGroup& kernel);

/// Pieces in the order in which they run. `stored` is extended by every node that a piece stores.
std::vector<Piece> pieces_of(const Graph& graph, const KernelGroup& group, std::unordered_set<NodeId>& stored);

}  // namespace nnc
