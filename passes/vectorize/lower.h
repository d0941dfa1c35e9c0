// Lowering the kernels of a scheduled partition. Each kind has a file of its own; all share this.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "passes/schedule/kernel_nodes.h"
#include "passes/vectorize/program.h"
#include "passes/vectorize/space.h"
#include "passes/vectorize/values.h"

namespace nnc {

/// Where the stored nodes of one graph go: every view that gets the value. The first is the one that readers use.
using Targets = std::unordered_map<NodeId, std::vector<View>>;

struct Lowering {
  ProgramBuilder& program;
  const Graph& graph;
  Bindings bindings = {};
  Targets targets = {};
  std::string prefix = "";  ///< of kernel names, inside a body

  /// What the dump calls a node: its own name, else its op's.
  std::string name_of(NodeId id) const;
};

/// One kernel under construction.
struct PieceKernel {
  PieceKernel(Lowering& lowering_of_graph, const Piece& of_piece);

  Lowering& lowering;
  Piece piece;
  const Schedule& schedule;
  KernelWriter writer;
  Values values;

  NestBuilder& nest() { return writer.nest; }
  /// What is added from now on belongs to this piece of the same group. Scalars computed before keep their registers.
  void turn_to(const Piece& next);
  const Type& type(NodeId id) const { return lowering.graph.type(id); }
  /// What the piece computes. The piece must outlive it.
  KernelNodes nodes() const;
  /// Computes every stored node at this index, then stores each.
  void store_all(const ElementIndex& at);
  /// The same, where the root's element is this value.
  void finish_root(const ElementIndex& at, ScalarValue value);
  /// Computes scalars that the piece uses, each once, before the loops that follow: all of them, or those that the
  /// root's operands are made of, or those that are used after the root (so that none of these holds a register in its
  /// loops).
  void pin_scalars();
  void pin_operand_scalars();
  void pin_epilogue_scalars();
  /// Says which other values get a register where they are first computed: none that the schedule recomputes.
  void share_values();

 private:
  void pin_scalars_of(const std::vector<NodeId>& from);
};

/// Pieces of one group without roots, none of which reads what another stores: one kernel.
void lower_elementwise(Lowering& lowering, std::span<const Piece> pieces);
void lower_reduction(Lowering& lowering, const Piece& piece);
void lower_contraction(Lowering& lowering, const Piece& piece);
void lower_rows(Lowering& lowering, const Piece& piece);
void lower_window(Lowering& lowering, const Piece& piece);
void lower_scatter(Lowering& lowering, const Piece& piece);
void lower_scan(Lowering& lowering, const Piece& piece);

/// Copies `node` of the graph (a leaf, or stored) to a view.
void lower_copy(Lowering& lowering, NodeId node, const View& to, const std::string& name);

/// Every kernel of a training, evaluation or prediction graph.
void lower_partition(ProgramBuilder& program, const Partition& partition);
/// The kernels of a scan's body, whose inputs are bound in `lowering`; its results lie in `results` after them.
void lower_body(Lowering& lowering, const Partition& partition, const std::vector<View>& results);

}  // namespace nnc
