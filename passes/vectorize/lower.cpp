// A scheduled partition, kernel by kernel:
//   1. Leaves and results get their buffers.
//   2. Every stored node gets its place: an output, the variable that it updates, else a temporary.
//   3. Kernels are lowered in order; the FiniteCheck follows the one that makes the loss.
#include "passes/vectorize/lower.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "support/error.h"

namespace nnc {

std::string Lowering::name_of(NodeId id) const {
  const std::string& name = graph.node_name(id);
  return name.empty() ? std::string(graph.node(id).op->name) : name;
}

void lower_copy(Lowering& lowering, NodeId node, const View& to, const std::string& name) {
  const Type& type = lowering.graph.type(node);
  bool memory = lowering.bindings.contains(node);
  int lanes =
      memory || !takes_registers(lowering.graph, lowering.graph.node(node)) ? lowering.program.lanes(type.element) : 1;
  KernelWriter writer(lowering.program, lowering.prefix + name);
  for (const Origin& origin : lowering.graph.origins(node)) writer.nest.add_origin(origin);
  Values values(writer, lowering.graph, lowering.bindings);
  over_space(values, type.shape, vector_axis_of(type.shape), lanes,
             [&](const ElementIndex& at) { values.store(to, at, values.element(node, at)); });
  writer.finish();
}

namespace {

class PartitionLowering {
 public:
  PartitionLowering(Lowering& lowering, const Partition& partition)
      : l_(lowering), graph_(partition.graph), partition_(partition), loss_(loss_of(partition.graph)) {}

  /// `results`: where each result that is no update goes, in their order.
  void lower(const std::vector<View>& results) {
    bind_leaves();
    size_t next = 0;
    for (const Result& result : graph_.results) {
      if (result.kind != ResultKind::update) l_.targets[result.node].push_back(results[next++]);
    }
    for (const KernelGroup& kernel : partition_.kernels) {
      place_updates(kernel);
      if (kernel.kind != KernelKind::scan) {
        for (NodeId id : kernel.outputs) place(id);
      }
      lower(kernel);
      check_loss(kernel);
    }
  }

 private:
  void bind_leaves() {
    for (NodeId id : graph_.reachable()) {
      const Node& node = graph_.node(id);
      bool named = leaf_path(node) != nullptr;
      if (named && !l_.bindings.contains(id)) l_.bindings[id] = l_.program.leaf(node);
    }
  }

  void place_updates(const KernelGroup& kernel) {
    for (uint32_t number : kernel.updates) {
      const Result& result = graph_.results[number];
      View view = l_.program.variable(result.name, graph_.type(result.node));
      l_.targets[result.node].push_back(view);
      updated_.insert(view.buffer);
      place(result.node);
    }
  }

  /// The first place is the one that readers use.
  void place(NodeId id) {
    std::vector<View>& targets = l_.targets[id];
    if (targets.empty()) targets.push_back(l_.program.temporary(l_.name_of(id), graph_.type(id)));
    l_.bindings[id] = targets[0];
    l_.bindings[id].updated = updated_.contains(targets[0].buffer);
  }

  void check_loss(const KernelGroup& kernel) {
    if (std::find(kernel.outputs.begin(), kernel.outputs.end(), loss_) == kernel.outputs.end()) return;
    const Type& type = graph_.type(loss_);
    if (is_float(type.element) && type.shape.empty()) l_.program.check_finite(l_.bindings.at(loss_).buffer);
  }

  void lower(const KernelGroup& kernel) {
    const std::vector<Piece> pieces = pieces_in(graph_, kernel);
    const Piece& piece = pieces.front();
    if (piece.rows) return lower_rows(l_, piece);
    if (piece.root == kNoNode) return lower_elementwise(l_, pieces);
    switch (graph_.node(piece.root).op->op_class) {
      case OpClass::reduction: return lower_reduction(l_, piece);
      case OpClass::contraction: return lower_contraction(l_, piece);
      case OpClass::window: return lower_window(l_, piece);
      case OpClass::indexed: return lower_scatter(l_, piece);
      case OpClass::structured: return lower_scan(l_, piece);
      default: internal_error("vectorize: a kernel has a root without loops");
    }
  }

  Lowering& l_;
  const Graph& graph_;
  const Partition& partition_;
  NodeId loss_;
  std::unordered_set<BufferId> updated_;  ///< variables whose new value is in place
};

}  // namespace

void lower_partition(ProgramBuilder& program, const Partition& partition) {
  Lowering lowering{program, partition.graph};
  std::vector<View> results;
  int slot = 0;
  for (const Result& result : partition.graph.results) {
    if (result.kind == ResultKind::update) continue;
    results.push_back(program.output(result.name, partition.graph.type(result.node), slot++));
  }
  PartitionLowering(lowering, partition).lower(results);
}

void lower_body(Lowering& lowering, const Partition& partition, const std::vector<View>& results) {
  PartitionLowering(lowering, partition).lower(results);
}

}  // namespace nnc
