// Kernels whose values are more than the vector registers hold are written again with more thrift.
#include <array>
#include <unordered_set>

#include "passes/vectorize/lower.h"

namespace nnc {

namespace {

constexpr std::array kThrifts = {Thrift::none, Thrift::sharing, Thrift::movement, Thrift::lanes};

/// Whether elements of the node need registers beside those of their operands: positions that differ from lane to lane
/// in no regular way, conditions, the words of a random number.
bool takes_registers(const Graph& graph, const Node& node) {
  if (node.op->op_class == OpClass::random) return true;
  if (node.op->op_class == OpClass::indexed) return !needs_loops(node);
  if (node.op->op_class != OpClass::movement) return false;
  std::vector<Type> types;
  for (NodeId operand : node.operands) types.push_back(graph.type(operand));
  Movement movement = node.op->move(types, node);
  return std::any_of(movement.accesses.begin(), movement.accesses.end(), [](const Access& access) {
    return !access.guards.empty() || std::any_of(access.index.begin(), access.index.end(),
                                                 [](const IndexExpr& index) { return !index.is_affine(); });
  });
}

/// While it lives, nodes of the pieces that take registers lie in memory: the outermost ones that depend on no loop.
class MovedFirst {
 public:
  MovedFirst(Lowering& lowering, std::span<const Piece> pieces) : lowering_(lowering) {
    for (const Piece& piece : pieces) {
      PieceKernel kernel(lowering, piece);
      for (NodeId id : piece.stores) store_from(kernel, id);
      if (piece.root != kNoNode) store_from(kernel, piece.root);
    }
  }
  MovedFirst(const MovedFirst&) = delete;
  MovedFirst& operator=(const MovedFirst&) = delete;
  ~MovedFirst() {
    for (NodeId id : stored_) lowering_.bindings.erase(id);
  }

 private:
  void store_from(const PieceKernel& kernel, NodeId id) {
    if (!seen_.insert(id).second) return;
    const Node& node = lowering_.graph.node(id);
    bool computed = kernel.values.own.contains(id) || id == kernel.piece.root;
    if (!computed) {
      if (lowering_.bindings.contains(id)) return;
      if (takes_registers(lowering_.graph, node) && !kernel.depends_on_root(id)) return store(kernel, id);
    }
    for (NodeId operand : node.operands) store_from(kernel, operand);
  }

  void store(const PieceKernel& kernel, NodeId id) {
    View view = lowering_.program.temporary(lowering_.name_of(id) + ".moved", lowering_.graph.type(id));
    lower_copy(lowering_, id, view, kernel.piece.group->name + "_moved");
    lowering_.bindings[id] = view;
    stored_.push_back(id);
  }

  Lowering& lowering_;
  std::unordered_set<NodeId> seen_;
  std::vector<NodeId> stored_;
};

}  // namespace

void with_thrift(Lowering& lowering, std::span<const Piece> pieces, const std::function<bool(Thrift)>& write) {
  std::optional<MovedFirst> moved;
  for (Thrift thrift : kThrifts) {
    if (thrift == Thrift::movement) moved.emplace(lowering, pieces);
    if (write(thrift)) return;
  }
}

void write_kernel(Lowering& lowering, std::span<const Piece> pieces, const std::function<void(PieceKernel&)>& write) {
  with_thrift(lowering, pieces, [&](Thrift thrift) {
    PieceKernel kernel(lowering, pieces.front(), thrift);
    write(kernel);
    if (kernel.writer.complete() > 0 && thrift != kThrifts.back()) return false;
    kernel.writer.finish();  // what does not fit even now is the verifier's to say
    return true;
  });
}

}  // namespace nnc
