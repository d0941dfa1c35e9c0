#include <algorithm>

#include "passes/schedule/shares.h"
#include "passes/vectorize/lower.h"

namespace nnc {

PieceKernel::PieceKernel(Lowering& lowering_of_graph, const Piece& of_piece)
    : lowering(lowering_of_graph),
      piece(of_piece),
      schedule(*of_piece.group->schedule),
      writer(lowering.program, lowering.prefix + of_piece.group->name),
      values(writer, lowering.graph, lowering.bindings) {
  turn_to(of_piece);
  nest().set_summary(to_string(schedule));
  if (schedule.shares > 1) nest().share(shared_loop_name(schedule), schedule.shares);
  for (NodeId id : piece.group->nodes) {
    for (const Origin& origin : lowering.graph.origins(id)) nest().add_origin(origin);
  }
}

void PieceKernel::turn_to(const Piece& next) {
  piece = next;
  values.own = {piece.stores.begin(), piece.stores.end()};
  values.shared.clear();
  values.flat = false;
}

KernelNodes PieceKernel::nodes() const {
  return {lowering.graph, piece, [this](NodeId id) { return lowering.bindings.contains(id); }};
}

void PieceKernel::store_all(const ElementIndex& at) {
  std::vector<ScalarValue> computed;
  for (NodeId id : piece.stores) {
    ScalarValue value = values.element(id, at);
    if (piece.stores.size() > 1 && !values.shared.contains(id)) value = values.pin(value, "out");
    computed.push_back(value);
  }
  for (size_t i = 0; i < piece.stores.size(); ++i) {
    for (const View& view : lowering.targets.at(piece.stores[i])) values.store(view, at, computed[i]);
  }
}

void PieceKernel::finish_root(const ElementIndex& at, ScalarValue value) {
  values.know(piece.root, at, value);
  store_all(at);
}

void PieceKernel::pin_scalars_of(const std::vector<NodeId>& from) {
  const KernelNodes here = nodes();
  for (NodeId id : from) {
    const Node& node = lowering.graph.node(id);
    if (node.type.is_tuple() || node.type.rank() != 0) continue;
    bool own = values.own.contains(id), loaded = !own && values.stored(id) != nullptr;
    bool free = loaded || (node.op->op_class != OpClass::leaf && !needs_loops(node) && !here.depends_on_root(id));
    if (own || !free || id == piece.root || values.knows(id, {})) continue;
    values.know(id, {}, values.pin(values.element(id, {}), "s"));
  }
}

void PieceKernel::pin_scalars() {
  std::unordered_map<NodeId, int> uses;
  pin_scalars_of(nodes().computed(uses));
}

void PieceKernel::pin_operand_scalars() {
  std::unordered_map<NodeId, int> uses;
  pin_scalars_of(nodes().computed(lowering.graph.node(piece.root).operands, true, uses));
}

void PieceKernel::pin_epilogue_scalars() {
  std::unordered_map<NodeId, int> uses;
  pin_scalars_of(nodes().computed(piece.stores, false, uses));
}

void PieceKernel::share_values() {
  if (!schedule.recompute) values.shared = nodes().shared();
}

namespace {

/// The loops over the index space of the kernel's present piece, which has no root.
void add_space(PieceKernel& kernel) {
  const Shape shape = kernel.type(kernel.piece.stores[0]).shape;
  if (shape.empty()) return kernel.store_all({});
  kernel.share_values();
  kernel.pin_scalars();
  auto store = [&](const ElementIndex& at) { kernel.store_all(at); };
  int lanes = kernel.schedule.vector_lanes();
  kernel.values.flat = kernel.schedule.is_flat();
  if (kernel.values.flat) return over_space(kernel.values, {*product(shape)}, 0, lanes, store);
  int axis = lane_axis(kernel.schedule, shape);
  if (const std::optional<LoopSize>& block = kernel.schedule.block) {
    return over_space_in_blocks(kernel.values, shape, static_cast<size_t>(axis), block->size, store);
  }
  over_space(kernel.values, shape, axis, lanes, store);
}

}  // namespace

void lower_elementwise(Lowering& lowering, std::span<const Piece> pieces) {
  PieceKernel kernel(lowering, pieces.front());
  for (const Piece& piece : pieces) {
    kernel.turn_to(piece);
    add_space(kernel);
  }
  kernel.writer.finish();
}

}  // namespace nnc
