// A partition, kernel by kernel:
//   1. Leaves get their buffers; groups are cut into pieces.
//   2. Every stored node gets its place: an output, the variable itself where that is safe, else a temporary.
//   3. Pieces are lowered in order; the FiniteCheck follows the one that makes the loss.
//   4. Results that are not where they belong are copied.
#include "passes/vectorize/lower.h"

#include <fmt/format.h>

#include <algorithm>

#include "support/error.h"

namespace nnc {

std::string Lowering::name_of(NodeId id) const {
  const std::string& name = graph.node_name(id);
  return name.empty() ? std::string(graph.node(id).op->name) : name;
}

void lower_copy(Lowering& lowering, NodeId node, const View& to, const std::string& name, int widest) {
  const Type& type = lowering.graph.type(node);
  for (int lanes : {std::min(widest, lowering.program.lanes(type.element)), 1}) {
    KernelWriter writer(lowering.program, lowering.prefix + name);
    for (const Origin& origin : lowering.graph.origins(node)) writer.nest.add_origin(origin);
    Values values(writer, lowering.graph, lowering.bindings);
    over_space(values, type.shape, vector_axis_of(type.shape), lanes,
               [&](const ElementIndex& at) { values.store(to, at, values.element(node, at)); });
    if (lanes > 1 && writer.complete() > 0) continue;
    return writer.finish();
  }
}

namespace {

/// A place that a result must reach.
struct Destination {
  NodeId node = kNoNode;
  View view;
  std::string name;
};

class PartitionLowering {
 public:
  PartitionLowering(Lowering& lowering, const Partition& partition)
      : l_(lowering), graph_(partition.graph), partition_(partition) {}

  void lower(std::vector<Destination> destinations, bool updates) {
    bind_leaves();
    for (const KernelGroup& group : partition_.kernels) cut(group);
    for (size_t i = 0; i < pieces_.size(); ++i) {
      for (NodeId id : pieces_[i].stores) piece_of_.emplace(id, i);
    }
    std::vector<Destination> copies;
    for (Destination& destination : destinations) {
      if (!store_directly(destination)) copies.push_back(std::move(destination));
    }
    std::vector<Destination> late;
    if (updates) late = place_updates();
    for (const Piece& piece : pieces_) place_temporaries(piece);
    size_t loss = updates ? loss_piece() : SIZE_MAX;
    for (size_t i = 0; i < pieces_.size();) {
      size_t end = end_of_kernel(i, loss);
      lower_kernel(i, end);
      if (loss >= i && loss < end) check_loss();
      i = end;
    }
    for (const Destination& copy : copies) lower_copy(l_, copy.node, copy.view, "result_" + copy.name);
    copy_updates(late);
  }

 private:
  void bind_leaves() {
    for (NodeId id : graph_.reachable()) {
      const Node& node = graph_.node(id);
      bool named = node.op->op_class == OpClass::leaf && node.attributes.has("path");
      if (named && !l_.bindings.contains(id)) l_.bindings[id] = l_.program.leaf(node);
    }
    for (const auto& [id, view] : l_.bindings) {
      stored_.insert(id);
      const Node& node = graph_.node(id);
      if (node.op->name == "variable") variables_.emplace(node.attributes.get<std::string>("path"), id);
    }
  }

  void cut(const KernelGroup& group) {
    KernelGroup whole = group;
    for (uint32_t number : group.updates) {
      NodeId node = graph_.results[number].node;
      bool here = std::find(group.nodes.begin(), group.nodes.end(), node) != group.nodes.end();
      bool known = std::find(whole.outputs.begin(), whole.outputs.end(), node) != whole.outputs.end();
      if (here && !known) whole.outputs.push_back(node);
    }
    if (group.kind == KernelKind::scan) {
      for (NodeId id : group.nodes) {
        if (graph_.node(id).bodies.empty()) continue;
        pieces_.push_back({&group, id, false, {id}});
      }
      for (NodeId id : group.nodes) {
        if (graph_.node(id).op->op_class == OpClass::structured) stored_.insert(id);
      }
      return;
    }
    if (group.kind == KernelKind::rows && is_row_space(graph_, whole)) {
      Piece piece{&group, kNoNode, true, {}};
      for (NodeId id : group.nodes) {
        bool output = std::find(whole.outputs.begin(), whole.outputs.end(), id) != whole.outputs.end();
        if (output && stored_.insert(id).second) piece.stores.push_back(id);
      }
      pieces_.push_back(std::move(piece));
      return;
    }
    for (Piece& piece : pieces_of(graph_, whole, stored_)) {
      piece.group = &group;
      pieces_.push_back(std::move(piece));
    }
  }

  bool is_scan(const Piece& piece) const {
    return piece.root != kNoNode && graph_.node(piece.root).op->op_class == OpClass::structured;
  }

  bool store_directly(const Destination& destination) {
    auto found = piece_of_.find(destination.node);
    if (found == piece_of_.end() || is_scan(pieces_[found->second])) return false;
    l_.targets[destination.node].push_back(destination.view);
    return true;
  }

  NodeId variable_called(const std::string& path) const {
    auto found = variables_.find(path);
    return found == variables_.end() ? kNoNode : found->second;
  }

  /// What a piece reads, and whether only at the index it stores.
  Reached reads(const Piece& piece) const {
    Reached reached;
    if (piece.rows) {
      for (NodeId id : piece.group->nodes) reach(graph_, id, false, stored_, reached);
      return reached;
    }
    if (piece.root != kNoNode) reach(graph_, piece.root, false, stored_, reached);
    for (NodeId id : piece.stores) {
      if (id != piece.root) reach(graph_, id, true, stored_, reached);
    }
    return reached;
  }

  /// Who reads what last, of all pieces at once: asked for every update.
  void find_last_reads() {
    for (size_t i = 0; i < pieces_.size(); ++i) {
      for (const auto& [id, same] : reads(pieces_[i])) last_reads_[id] = {i, same};
    }
    for (const Result& result : graph_.results) {
      read_late_.insert(result.node);
      if (l_.bindings.contains(result.node) || piece_of_.contains(result.node)) continue;
      Reached late;  // computed where it is copied, after everything
      reach(graph_, result.node, false, stored_, late);
      for (const auto& [id, same] : late) read_late_.insert(id);
    }
  }

  /// Whether the new value may overwrite the variable when its piece runs: nobody reads the old value after it.
  bool may_overwrite(NodeId variable, size_t piece) const {
    if (variable == kNoNode) return true;
    if (read_late_.contains(variable)) return false;
    auto last = last_reads_.find(variable);
    if (last == last_reads_.end() || last->second.piece < piece) return true;
    return last->second.piece == piece && last->second.same_index;
  }

  std::vector<Destination> place_updates() {
    std::vector<Destination> late;
    find_last_reads();
    size_t loss = loss_piece();
    for (const Result& result : graph_.results) {
      if (result.kind != ResultKind::update) continue;
      NodeId variable = variable_called(result.name);
      if (variable == result.node) continue;  // keeps its value
      View view =
          variable != kNoNode ? l_.bindings.at(variable) : l_.program.variable(result.name, graph_.type(result.node));
      auto found = piece_of_.find(result.node);
      bool in_time = found != piece_of_.end() && (loss == SIZE_MAX || found->second > loss) &&
                     !is_scan(pieces_[found->second]) && may_overwrite(variable, found->second);
      if (in_time) {
        l_.targets[result.node].push_back(view);
        updated_.insert(view.buffer);
      } else {
        late.push_back({result.node, view, result.name});
      }
    }
    return late;
  }

  void place_temporaries(const Piece& piece) {
    if (is_scan(piece)) return;
    for (NodeId id : piece.stores) {
      std::vector<View>& targets = l_.targets[id];
      if (targets.empty()) targets.push_back(l_.program.temporary(l_.name_of(id), graph_.type(id)));
      l_.bindings[id] = targets[0];
      l_.bindings[id].updated = updated_.contains(targets[0].buffer);
    }
  }

  NodeId loss_node() const {
    for (const Result& result : graph_.results) {
      if (result.kind == ResultKind::value && result.name == "loss") return result.node;
    }
    return kNoNode;
  }
  size_t loss_piece() const {
    auto found = piece_of_.find(loss_node());
    return found == piece_of_.end() ? SIZE_MAX : found->second;
  }
  void check_loss() {
    const View& loss = l_.bindings.at(loss_node());
    if (is_float(loss.element) && loss.shape.empty()) l_.program.check_finite(loss.buffer);
  }

  /// Small updates are one kernel of several pieces, as long as none reads what another stores; all other pieces are a
  /// kernel each. Nothing comes between the loss and its check.
  size_t end_of_kernel(size_t first, size_t loss) const {
    size_t end = first + 1;
    if (!is_small_map(pieces_[first])) return end;
    for (; end < pieces_.size() && end - 1 != loss; ++end) {
      const Piece& next = pieces_[end];
      if (next.group != pieces_[first].group || !is_small_map(next)) break;
      Reached reached = reads(next);
      bool waits = std::any_of(reached.begin(), reached.end(), [&](const auto& entry) {
        auto made = piece_of_.find(entry.first);
        return made != piece_of_.end() && made->second >= first && made->second < end;
      });
      if (waits) break;
    }
    return end;
  }

  bool is_small_map(const Piece& piece) const {
    return piece.group->kind == KernelKind::updates && piece.root == kNoNode && !piece.stores.empty();
  }

  void lower_kernel(size_t first, size_t end) {
    const Piece& piece = pieces_[first];
    if (piece.rows) return lower_rows(l_, piece);
    if (piece.stores.empty()) return;
    if (piece.root == kNoNode) return lower_elementwise(l_, std::span(pieces_).subspan(first, end - first));
    switch (graph_.node(piece.root).op->op_class) {
      case OpClass::reduction: return lower_reduction(l_, piece);
      case OpClass::contraction: return lower_contraction(l_, piece);
      case OpClass::window: return lower_window(l_, piece);
      case OpClass::indexed: return lower_scatter(l_, piece);
      case OpClass::structured: return lower_scan(l_, piece);
      default: internal_error("vectorize: a piece has a root without loops");
    }
  }

  /// New values that are old values of other variables are saved before anything is overwritten.
  void copy_updates(const std::vector<Destination>& late) {
    for (const Destination& copy : late) {
      const Node& node = graph_.node(copy.node);
      bool memory = l_.bindings.contains(copy.node) && node.op->op_class == OpClass::leaf;
      if (!memory && l_.bindings.contains(copy.node)) continue;
      View saved = l_.program.temporary(copy.name + ".next", node.type);
      lower_copy(l_, copy.node, saved, "save_" + copy.name);
      l_.bindings[copy.node] = saved;
    }
    for (const Destination& copy : late) lower_copy(l_, copy.node, copy.view, "update_" + copy.name);
  }

  Lowering& l_;
  const Graph& graph_;
  const Partition& partition_;
  std::unordered_set<NodeId> stored_;
  std::vector<Piece> pieces_;
  std::unordered_map<NodeId, size_t> piece_of_;
  std::unordered_map<std::string, NodeId> variables_;  ///< by path
  struct LastRead {
    size_t piece = 0;
    bool same_index = true;  ///< only at the index that the piece stores
  };
  std::unordered_map<NodeId, LastRead> last_reads_;
  std::unordered_set<NodeId> read_late_;  ///< after every piece
  std::unordered_set<BufferId> updated_;  ///< variables that a piece writes in place
};

}  // namespace

void lower_partition(ProgramBuilder& program, const Partition& partition) {
  Lowering lowering{program, partition.graph};
  std::vector<Destination> destinations;
  int slot = 0;
  for (const Result& result : partition.graph.results) {
    if (result.kind == ResultKind::update) continue;
    View view = program.output(result.name, partition.graph.type(result.node), slot++);
    destinations.push_back({result.node, view, result.name});
  }
  PartitionLowering(lowering, partition).lower(std::move(destinations), true);
}

void lower_body(Lowering& lowering, const Partition& partition, const std::vector<View>& results) {
  std::vector<Destination> destinations;
  for (size_t i = 0; i < results.size(); ++i) {
    const Result& result = partition.graph.results[i];
    destinations.push_back({result.node, results[i], result.name});
  }
  PartitionLowering(lowering, partition).lower(std::move(destinations), false);
}

}  // namespace nnc
