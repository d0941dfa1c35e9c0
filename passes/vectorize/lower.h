// Lowering pieces to kernels. Each kind of piece has a file of its own; all share this.
#pragma once

#include <climits>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "passes/vectorize/pieces.h"
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

/// What a kernel does without when its values are more than the vector registers hold: each also without what stands
/// before it. The last always fits, for what is one lane wide needs no vector register.
enum class Thrift : uint8_t {
  none,
  sharing,   ///< what several statements use is computed by each of them
  movement,  ///< what is moved, gathered or drawn comes from memory, where kernels of its own have put it
  lanes,     ///< one lane, wherever the order of a sum is not that of its lanes
};

/// One kernel under construction: of one piece, or of several, one after the other.
struct PieceKernel {
  PieceKernel(Lowering& lowering_of_graph, const Piece& of_piece, Thrift thrift_of_kernel = Thrift::none);

  Lowering& lowering;
  Piece piece;
  Thrift thrift;
  KernelWriter writer;
  Values values;

  NestBuilder& nest() { return writer.nest; }
  /// What is added from now on belongs to this piece of the same group. Scalars computed before keep their registers.
  void turn_to(const Piece& next);
  const Type& type(NodeId id) const { return lowering.graph.type(id); }
  /// The widest vector in which everything that is stored can be computed.
  int widest(NodeId id) const;
  /// These lanes, or one.
  int thrifty(int lanes) const { return thrift >= Thrift::lanes ? 1 : lanes; }
  /// Computes every stored node at this index, then stores each.
  void store_all(const ElementIndex& at);
  /// Vector registers that `store_all` holds at once, at most.
  int64_t pinned() const {
    if (piece.stores.size() <= 1) return 0;
    std::unordered_set<NodeId> held = values.shared;
    held.insert(piece.stores.begin(), piece.stores.end());
    return static_cast<int64_t>(held.size());
  }
  /// Computes scalars that the piece uses, each once, before the loops that follow: all of them, or those that the
  /// root's operands are made of, or those that are used after the root (so that none of these holds a register in its
  /// loops).
  void pin_scalars();
  void pin_operand_scalars();
  void pin_epilogue_scalars();
  /// Says which other values get a register where they are first computed.
  void share_values();
  /// Whether an element of the node is made of what this kernel or another loop computes.
  bool depends_on_root(NodeId id) const;

 private:
  void pin_scalars_of(const std::vector<NodeId>& nodes);
};

/// Pieces of one group without roots, none of which reads what another stores: one kernel.
void lower_elementwise(Lowering& lowering, std::span<const Piece> pieces);
void lower_reduction(Lowering& lowering, const Piece& piece);
void lower_contraction(Lowering& lowering, const Piece& piece);
void lower_rows(Lowering& lowering, const Piece& piece);
/// Whether a group of kind rows is one row space with reductions over its last axis, as lower_rows needs.
bool is_row_space(const Graph& graph, const KernelGroup& group);
void lower_window(Lowering& lowering, const Piece& piece);
void lower_scatter(Lowering& lowering, const Piece& piece);
void lower_scan(Lowering& lowering, const Piece& piece);

/// Calls `write` with ever more thrift until it says that the kernel fits the registers and is added to the program.
void with_thrift(Lowering& lowering, std::span<const Piece> pieces, const std::function<bool(Thrift)>& write);
/// The same with a kernel of the first piece for `write` to fill.
void write_kernel(Lowering& lowering, std::span<const Piece> pieces, const std::function<void(PieceKernel&)>& write);

/// Copies `node` of the graph (a leaf, or stored) to a view, in vectors of at most `widest` lanes.
void lower_copy(Lowering& lowering, NodeId node, const View& to, const std::string& name, int widest = INT_MAX);

/// Every kernel of a training, evaluation or prediction graph, and the copies that its results need beside.
void lower_partition(ProgramBuilder& program, const Partition& partition);
/// The kernels of a scan's body, whose inputs are bound in `lowering`; its results lie in `results` after them.
void lower_body(Lowering& lowering, const Partition& partition, const std::vector<View>& results);

}  // namespace nnc
