#include "passes/schedule/pieces.h"

#include <algorithm>

#include "ir/graph/op_attributes.h"

namespace nnc {

void reach(const Graph& graph, NodeId id, bool same_index, const std::unordered_set<NodeId>& stored, Reached& reached) {
  std::vector<std::pair<NodeId, bool>> pending{{id, same_index}};
  std::unordered_map<NodeId, bool> seen;
  while (!pending.empty()) {
    auto [top, same] = pending.back();
    pending.pop_back();
    auto [entry, added] = seen.try_emplace(top, same);
    if (!added && (entry->second == same || !entry->second)) continue;
    entry->second = entry->second && same;
    const Node& node = graph.node(top);
    bool ends = (stored.contains(top) || node.op->op_class == OpClass::leaf || needs_loops(node)) && top != id;
    if (ends) {
      auto [known, first] = reached.try_emplace(top, same);
      known->second = known->second && same;
      continue;
    }
    bool keeps = same && node.op->op_class == OpClass::elementwise;
    for (NodeId operand : node.operands) pending.emplace_back(operand, keeps);
  }
}

namespace {

constexpr size_t kMostStores = 6;  ///< of one piece: each holds a register until all are computed

class Splitter {
 public:
  Splitter(const Graph& graph, const KernelGroup& group, std::unordered_set<NodeId>& stored)
      : graph_(graph), group_(group), stored_(stored), outputs_(group.outputs.begin(), group.outputs.end()) {}

  std::vector<Piece> split() {
    for (NodeId id : group_.nodes) {
      Reached reached;
      if (needs_loops(graph_.node(id))) {
        reach(graph_, id, true, stored_, reached);
        require_stored(reached, SIZE_MAX);
        start(id, id);
        if (outputs_.contains(id)) store(pieces_.size() - 1, id);
      } else if (outputs_.contains(id)) {
        reach(graph_, id, true, stored_, reached);
        size_t piece = place(id, reached);
        require_stored(reached, piece);
        store(piece, id);
      }
    }
    return std::move(pieces_);
  }

 private:
  void start(NodeId root, NodeId shaped_like) {
    pieces_.push_back({&group_, root, false, {}});
    shapes_.push_back(graph_.type(shaped_like).shape);
    if (root != kNoNode) piece_of_[root] = pieces_.size() - 1;
  }

  void store(size_t piece, NodeId id) {
    if (!stored_.insert(id).second) return;
    pieces_[piece].stores.push_back(id);
    piece_of_[id] = piece;
  }

  /// Nodes with loops that are used by another piece lie in memory between them.
  void require_stored(const Reached& reached, size_t piece) {
    for (const auto& [id, same] : reached) {
      auto found = piece_of_.find(id);
      if (found != piece_of_.end() && found->second != piece) store_root(found->second, id);
    }
  }
  void store_root(size_t piece, NodeId id) {
    if (!stored_.insert(id).second) return;
    std::vector<NodeId>& stores = pieces_[piece].stores;
    stores.insert(stores.begin(), id);
  }

  /// The piece in which an output is computed: the last it depends on, when it stands at that piece's own index.
  size_t place(NodeId id, const Reached& reached) {
    size_t earliest = 0;
    for (const auto& [other, same] : reached) {
      if (auto found = piece_of_.find(other); found != piece_of_.end()) earliest = std::max(earliest, found->second);
    }
    for (size_t piece = earliest; piece < pieces_.size(); ++piece) {
      if (fits(id, reached, piece)) return piece;
    }
    start(kNoNode, id);
    return pieces_.size() - 1;
  }

  bool fits(NodeId id, const Reached& reached, size_t piece) const {
    if (shapes_[piece] != graph_.type(id).shape) return false;
    NodeId root = pieces_[piece].root;
    if (root != kNoNode && graph_.node(root).op->op_class == OpClass::structured) return false;
    if (root != kNoNode && graph_.node(root).op->op_class == OpClass::indexed) return false;
    if (pieces_[piece].stores.size() >= kMostStores) return false;
    bool uses_root = root == kNoNode;
    for (const auto& [other, same] : reached) {
      auto found = piece_of_.find(other);
      if (found == piece_of_.end() || found->second != piece) continue;
      if (!same) return false;
      uses_root = true;
    }
    return uses_root;
  }

  const Graph& graph_;
  const KernelGroup& group_;
  std::unordered_set<NodeId>& stored_;
  std::unordered_set<NodeId> outputs_;
  std::vector<Piece> pieces_;
  std::vector<Shape> shapes_;
  std::unordered_map<NodeId, size_t> piece_of_;
};

}  // namespace

std::vector<Piece> pieces_of(const Graph& graph, const KernelGroup& group, std::unordered_set<NodeId>& stored) {
  return Splitter(graph, group, stored).split();
}

std::vector<Piece> pieces_in(const Graph& graph, const KernelGroup& kernel) {
  std::unordered_set<NodeId> stores(kernel.outputs.begin(), kernel.outputs.end());
  for (uint32_t number : kernel.updates) stores.insert(graph.results[number].node);
  std::vector<Piece> pieces{{&kernel, kNoNode, kernel.kind == KernelKind::rows, {}}};
  for (NodeId id : kernel.nodes) {
    const Node& node = graph.node(id);
    bool part = node.op->op_class == OpClass::structured && node.bodies.empty();
    if (!pieces[0].rows && needs_loops(node) && !part) pieces[0].root = id;
    if (!stores.contains(id)) continue;
    std::vector<NodeId>& last = pieces.back().stores;
    bool next = kernel.kind == KernelKind::updates && !last.empty() &&
                (last.size() == kMostStores || graph.type(last[0]).shape != graph.type(id).shape);
    if (next) pieces.push_back({&kernel, kNoNode, false, {}});
    pieces.back().stores.push_back(id);
  }
  return pieces;
}

Reached reads_of(const Graph& graph, const Piece& piece, const std::unordered_set<NodeId>& stored) {
  Reached reached;
  if (piece.root != kNoNode) reach(graph, piece.root, false, stored, reached);
  for (NodeId id : piece.stores) {
    if (id != piece.root) reach(graph, id, true, stored, reached);
  }
  return reached;
}

bool is_memory_leaf(const Node& node) { return leaf_path(node) != nullptr; }

std::unordered_set<NodeId> memory_leaves(const Graph& graph) {
  std::unordered_set<NodeId> leaves;
  for (NodeId id : graph.reachable()) {
    if (is_memory_leaf(graph.node(id))) leaves.insert(id);
  }
  return leaves;
}

void add_stores(const Graph& graph, const KernelGroup& kernel, std::unordered_set<NodeId>& stored) {
  stored.insert(kernel.outputs.begin(), kernel.outputs.end());
  for (uint32_t number : kernel.updates) stored.insert(graph.results[number].node);
  if (kernel.kind != KernelKind::scan) return;
  for (NodeId id : kernel.nodes) {
    if (graph.node(id).op->op_class == OpClass::structured) stored.insert(id);
  }
}

}  // namespace nnc
