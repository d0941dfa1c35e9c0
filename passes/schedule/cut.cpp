#include "passes/schedule/cut.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/ops/scan.h"
#include "passes/schedule/pieces.h"
#include "passes/schedule/row_space.h"
#include "passes/unique_names.h"

namespace nnc {

namespace {

KernelKind kind_of_root(const Graph& graph, NodeId root) {
  if (root == kNoNode) return KernelKind::elementwise;
  switch (graph.node(root).op->op_class) {
    case OpClass::contraction: return KernelKind::contraction;
    case OpClass::reduction: return KernelKind::reduction;
    default: return KernelKind::indexed;
  }
}

class Cutter {
 public:
  Cutter(const Partition& fused, const StepSizes& sizes) : sizes_(sizes), fused_(fused) { result_.graph = fused.graph; }

  Partition run() {
    stored_ = memory_leaves(graph());
    for (NodeId id : stored_) {
      const Node& node = graph().node(id);
      if (const std::string* path = variable_path(node)) variables_.emplace(*path, id);
    }
    for (const KernelGroup& group : fused_.kernels) {
      if (!group.nodes.empty()) names_.take(group.name);
    }
    copy_leaf_results();
    for (const KernelGroup& group : fused_.kernels) cut(group);
    copy_late_updates();
    return std::move(result_);
  }

 private:
  Graph& graph() { return result_.graph; }

  /// A node that copies another as it is.
  NodeId copy_of(NodeId id) {
    const Value from = graph().value(id);
    Value copy = graph().add(op("reshape"), {&from, 1}, written(ReshapeAttributes{graph().type(id).shape}));
    for (const Origin& origin : graph().origins(id)) graph().add_origin(copy.id, origin);
    return copy.id;
  }

  /// A kernel that stores movement of what lies in memory; once a node.
  void store_alone(NodeId node, const std::string& wanted, KernelKind kind, std::vector<uint32_t> updates = {}) {
    bool output = updates.empty();
    if (output && stored_.contains(node)) return;
    KernelGroup kernel{names_.make(wanted), kind, {}, {}, std::move(updates), "a copy", {}};
    kernel.nodes = nodes_of(Piece{&kernel, kNoNode, false, {node}}, {});
    if (output) kernel.outputs.push_back(node);
    if (output) stored_.insert(node);
    result_.kernels.push_back(std::move(kernel));
  }

  void copy_leaf_results() {
    for (Result& result : graph().results) {
      if (result.kind == ResultKind::update || graph().node(result.node).op->op_class != OpClass::leaf) continue;
      result.node = copy_of(result.node);
      store_alone(result.node, "result_" + result.name, KernelKind::elementwise);
    }
  }

  void cut(const KernelGroup& group) {
    if (group.kind == KernelKind::scan) return add_scan(group);
    std::vector<uint32_t> here;
    for (uint32_t number : group.updates) {
      bool inside =
          std::find(group.nodes.begin(), group.nodes.end(), graph().results[number].node) != group.nodes.end();
      (inside ? here : late_).push_back(number);
    }
    if (group.nodes.empty()) return;
    KernelGroup whole = group;
    whole.updates = here;
    for (uint32_t number : here) add_once(whole.outputs, graph().results[number].node);
    if (group.kind == KernelKind::rows && is_row_space(graph(), whole)) {
      stored_.insert(whole.outputs.begin(), whole.outputs.end());
      whole.outputs = group.outputs;
      result_.kernels.push_back(std::move(whole));
      return;
    }
    add_pieces(group, here, pieces_of(graph(), whole, stored_));
  }

  static void add_once(std::vector<NodeId>& nodes, NodeId node) {
    if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
  }

  /// Whether piece number `at` may overwrite the variable: no later piece of the group reads the old value, and it
  /// itself only where it writes.
  bool may_overwrite(const std::string& path, const std::vector<Piece>& pieces, size_t at) {
    auto variable = variables_.find(path);
    if (variable == variables_.end()) return true;
    for (size_t i = at; i < pieces.size(); ++i) {
      Reached reached = reads_of(graph(), pieces[i], stored_);
      auto found = reached.find(variable->second);
      if (found != reached.end() && (i > at || !found->second)) return false;
    }
    return true;
  }

  void add_pieces(const KernelGroup& group, const std::vector<uint32_t>& updates, const std::vector<Piece>& pieces) {
    std::vector<KernelGroup> kernels;
    std::unordered_set<NodeId> later;  // what these pieces have not yet stored
    for (const Piece& piece : pieces) later.insert(piece.stores.begin(), piece.stores.end());
    for (size_t i = 0; i < pieces.size(); ++i) {
      const Piece& piece = pieces[i];
      KernelGroup kernel;
      kernel.border = group.border;
      kernel.kind = kind_of_root(graph(), piece.root);
      for (uint32_t number : updates) {
        const Result& result = graph().results[number];
        if (std::find(piece.stores.begin(), piece.stores.end(), result.node) == piece.stores.end()) continue;
        (may_overwrite(result.name, pieces, i) ? kernel.updates : late_).push_back(number);
      }
      for (NodeId id : piece.stores) {
        bool in_place = std::any_of(kernel.updates.begin(), kernel.updates.end(),
                                    [&](uint32_t number) { return graph().results[number].node == id; });
        if (!in_place || std::find(group.outputs.begin(), group.outputs.end(), id) != group.outputs.end()) {
          kernel.outputs.push_back(id);
        }
      }
      kernel.nodes = pieces.size() == 1 ? group.nodes : nodes_of(piece, later);
      for (NodeId id : piece.stores) later.erase(id);
      if (!piece.stores.empty()) kernels.push_back(std::move(kernel));
    }
    if (group.kind == KernelKind::updates) kernels = together(std::move(kernels));
    for (size_t i = 0; i < kernels.size(); ++i) {
      kernels[i].name = i == 0 ? group.name : names_.make(group.name);
      result_.kernels.push_back(std::move(kernels[i]));
    }
  }

  /// Nodes that a piece computes, free ones too, operands first.
  std::vector<NodeId> nodes_of(const Piece& piece, const std::unordered_set<NodeId>& later) {
    KernelNodes nodes(graph(), piece, [&](NodeId id) { return stored_.contains(id) && !later.contains(id); });
    return nodes.made();
  }

  /// Small updates that run over their elements in one axis are one kernel, as long as none reads what another stores.
  std::vector<KernelGroup> together(std::vector<KernelGroup> kernels) {
    std::vector<KernelGroup> result;
    bool open = false;
    for (KernelGroup& kernel : kernels) {
      bool maps = kernel.kind == KernelKind::elementwise && is_flat(kernel);
      if (open && maps && in_doubles(kernel) == in_doubles(result.back()) && !reads_any(kernel, result.back())) {
        KernelGroup& last = result.back();
        last.kind = KernelKind::updates;
        for (NodeId id : kernel.nodes) add_once(last.nodes, id);
        last.outputs.insert(last.outputs.end(), kernel.outputs.begin(), kernel.outputs.end());
        last.updates.insert(last.updates.end(), kernel.updates.begin(), kernel.updates.end());
      } else {
        result.push_back(std::move(kernel));
      }
      open = maps;
    }
    return result;
  }

  bool in_doubles(const KernelGroup& kernel) {
    return std::any_of(kernel.nodes.begin(), kernel.nodes.end(),
                       [&](NodeId id) { return graph().type(id).element == Element::f64; });
  }

  std::vector<NodeId> stores_of(const KernelGroup& kernel) {
    std::vector<NodeId> stores = kernel.outputs;
    for (uint32_t number : kernel.updates) add_once(stores, graph().results[number].node);
    return stores;
  }

  bool is_flat(const KernelGroup& kernel) {
    Piece piece{&kernel, kNoNode, false, stores_of(kernel)};
    return KernelNodes(graph(), piece, [&](NodeId id) { return stored_.contains(id); }).is_flat(sizes_);
  }

  bool reads_any(const KernelGroup& kernel, const KernelGroup& earlier) {
    Reached reached = reads_of(graph(), Piece{&kernel, kNoNode, false, stores_of(kernel)}, stored_);
    std::vector<NodeId> stores = stores_of(earlier);
    return std::any_of(stores.begin(), stores.end(), [&](NodeId id) { return reached.contains(id); });
  }

  void add_scan(const KernelGroup& group) {
    KernelGroup kernel = group;
    add_stores(graph(), group, stored_);
    for (NodeId id : group.nodes) {
      const Node& node = graph().node(id);
      if (node.bodies.empty()) continue;
      size_t states = ScanLayout::of(node).states;
      for (size_t i = states; i < node.operands.size(); ++i) {
        NodeId operand = node.operands[i];
        if (stored_.contains(operand)) continue;
        store_alone(operand, fmt::format("{}.operand{}", group.name, i), KernelKind::elementwise);
        std::erase(kernel.nodes, operand);
      }
    }
    kernel.bodies.clear();
    for (const Partition& body : group.bodies) kernel.bodies.push_back(cut_into_calls(body, sizes_));
    result_.kernels.push_back(std::move(kernel));
    for (Result& result : graph().results) {
      bool here = std::find(group.nodes.begin(), group.nodes.end(), result.node) != group.nodes.end();
      if (result.kind == ResultKind::update || !here) continue;
      result.node = copy_of(result.node);
      store_alone(result.node, "result_" + result.name, KernelKind::elementwise);
    }
  }

  /// New values that are old values of other variables are saved before anything is overwritten.
  void copy_late_updates() {
    for (uint32_t number : late_) {
      Result& result = graph().results[number];
      if (graph().node(result.node).op->op_class != OpClass::leaf) continue;
      result.node = copy_of(result.node);
      graph().set_name(result.node, result.name + ".next");
      store_alone(result.node, "save_" + result.name, KernelKind::elementwise);
    }
    for (uint32_t number : late_) {
      Result& result = graph().results[number];
      result.node = copy_of(result.node);
      store_alone(result.node, "update_" + result.name, KernelKind::updates, {number});
    }
  }

  const StepSizes& sizes_;
  const Partition& fused_;
  Partition result_;
  std::unordered_set<NodeId> stored_;
  std::unordered_map<std::string, NodeId> variables_;  ///< by path
  UniqueNames names_;
  std::vector<uint32_t> late_;  ///< updates that a copy at the end makes
};

}  // namespace

Partition cut_into_calls(const Partition& fused, const StepSizes& sizes) { return Cutter(fused, sizes).run(); }

}  // namespace nnc
