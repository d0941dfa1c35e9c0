#include <algorithm>

#include "passes/vectorize/lower.h"

namespace nnc {

PieceKernel::PieceKernel(Lowering& lowering_of_graph, const Piece& of_piece, Thrift thrift_of_kernel)
    : lowering(lowering_of_graph),
      piece(of_piece),
      thrift(thrift_of_kernel),
      writer(lowering.program, lowering.prefix + of_piece.group->name),
      values(writer, lowering.graph, lowering.bindings) {
  turn_to(of_piece);
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

int PieceKernel::widest(NodeId id) const {
  Element element = type(id).element;
  for (NodeId store : piece.stores) {
    if (type(store).element == Element::f64) element = Element::f64;
  }
  return thrifty(lowering.program.lanes(element));
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

namespace {

/// Nodes of which `from` is made here, operands first, with the number of uses of each. What stands before the root is
/// left out unless `through_root`.
std::vector<NodeId> computed_nodes(const PieceKernel& kernel, std::vector<NodeId> from, bool through_root,
                                   std::unordered_map<NodeId, int>& uses) {
  const Graph& graph = kernel.lowering.graph;
  std::vector<NodeId> pending = std::move(from), found;
  std::unordered_set<NodeId> seen;
  for (NodeId id : pending) ++uses[id];
  while (!pending.empty()) {
    NodeId id = pending.back();
    pending.pop_back();
    if (!seen.insert(id).second) continue;
    found.push_back(id);
    bool root = id == kernel.piece.root;
    bool own = kernel.values.own.contains(id) || (root && through_root);
    if ((!own && kernel.values.stored(id) != nullptr) || (root && !through_root)) continue;
    for (NodeId operand : graph.node(id).operands) {
      ++uses[operand];
      pending.push_back(operand);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// All that the piece computes.
std::vector<NodeId> computed_nodes(const PieceKernel& kernel, std::unordered_map<NodeId, int>& uses) {
  std::vector<NodeId> from = kernel.piece.stores;
  if (kernel.piece.root != kNoNode) from.push_back(kernel.piece.root);
  return computed_nodes(kernel, std::move(from), true, uses);
}

bool is_flat_node(const Graph& graph, const Values& values, NodeId id, const Shape& shape) {
  const Node& node = graph.node(id);
  const View* view = values.own.contains(id) ? nullptr : values.stored(id);
  bool moves = node.op->op_class == OpClass::movement;
  // A number made of a tensor's only element has no position to give to its operand.
  if (node.type.rank() == 0) return view != nullptr || !moves || graph.type(node.operands[0]).rank() == 0;
  if (node.type.shape != shape) return false;
  if (view != nullptr) return view->is_dense();
  if (node.op->op_class == OpClass::elementwise || node.op->op_class == OpClass::random) return true;
  return moves && node.operands.size() == 1 && graph.type(node.operands[0]).rank() == 0;
}

/// Whether the piece can run over its elements as one row-major axis.
bool is_flat(const PieceKernel& kernel, const std::vector<NodeId>& nodes, const Shape& shape) {
  bool leading = true;
  for (const Dim& dim : shape) {
    if (kernel.lowering.program.at_run_time(dim) && !leading) return false;
    leading = leading && dim == Dim(1);
  }
  for (NodeId id : kernel.piece.stores) {
    for (const View& view : kernel.lowering.targets.at(id)) {
      if (!view.is_dense()) return false;
    }
  }
  return std::all_of(nodes.begin(), nodes.end(),
                     [&](NodeId id) { return is_flat_node(kernel.lowering.graph, kernel.values, id, shape); });
}

/// Whether most of the work is loading rows one lane at a time, by a number that differs from lane to lane: vectors
/// would only be more code.
bool gathers_lanes(const PieceKernel& kernel, const std::vector<NodeId>& nodes, int vector_axis) {
  constexpr int64_t kMostOthers = 4;
  const Graph& graph = kernel.lowering.graph;
  int64_t gathers = 0, others = 0;
  for (NodeId id : nodes) {
    const Node& node = graph.node(id);
    bool loaded = !kernel.values.own.contains(id) && kernel.values.stored(id) != nullptr;
    if (loaded || node.type.rank() == 0) continue;
    if (node.op->op_class == OpClass::random) return false;
    if (node.op->op_class == OpClass::elementwise) ++others;
    if (node.op->op_class == OpClass::indexed && graph.type(node.operands[1]).rank() > vector_axis) ++gathers;
  }
  return gathers > 0 && others <= kMostOthers * gathers;
}

}  // namespace

bool PieceKernel::depends_on_root(NodeId id) const {
  const Graph& graph = lowering.graph;
  std::vector<NodeId> pending = graph.node(id).operands;
  std::unordered_set<NodeId> seen;
  while (!pending.empty()) {
    NodeId other = pending.back();
    pending.pop_back();
    if (!seen.insert(other).second) continue;
    bool own = values.own.contains(other), loops = needs_loops(graph.node(other));
    if (other == piece.root || (own && loops)) return true;
    if (!own && values.stored(other) != nullptr) continue;  // from memory, whatever it is made of
    if (loops) return true;
    pending.insert(pending.end(), graph.node(other).operands.begin(), graph.node(other).operands.end());
  }
  return false;
}

void PieceKernel::pin_scalars_of(const std::vector<NodeId>& nodes) {
  for (NodeId id : nodes) {
    const Node& node = lowering.graph.node(id);
    if (node.type.is_tuple() || node.type.rank() != 0) continue;
    bool own = values.own.contains(id), loaded = !own && values.stored(id) != nullptr;
    bool free = loaded || (node.op->op_class != OpClass::leaf && !needs_loops(node) && !depends_on_root(id));
    if (own || !free || id == piece.root || values.knows(id, {})) continue;
    values.know(id, {}, values.pin(values.element(id, {}), "s"));
  }
}

void PieceKernel::pin_scalars() {
  std::unordered_map<NodeId, int> uses;
  pin_scalars_of(computed_nodes(*this, uses));
}

void PieceKernel::pin_operand_scalars() {
  std::unordered_map<NodeId, int> uses;
  pin_scalars_of(computed_nodes(*this, lowering.graph.node(piece.root).operands, true, uses));
}

void PieceKernel::pin_epilogue_scalars() {
  std::unordered_map<NodeId, int> uses;
  pin_scalars_of(computed_nodes(*this, piece.stores, false, uses));
}

void PieceKernel::share_values() {
  if (thrift >= Thrift::sharing) return;
  std::unordered_map<NodeId, int> uses;
  for (NodeId id : computed_nodes(*this, uses)) {
    const Node& node = lowering.graph.node(id);
    if (node.type.is_tuple() || node.type.rank() == 0) continue;
    bool computed = values.own.contains(id) || values.stored(id) == nullptr;
    if (computed && piece.stores.size() > 1 && uses[id] > 1 && node.op->op_class != OpClass::leaf &&
        node.op->op_class != OpClass::movement && id != piece.root) {
      values.shared.insert(id);
    }
  }
  // Too many for the registers: then every statement computes them again.
  if (pinned() > lowering.program.options().target.vector_registers / 2) values.shared.clear();
}

namespace {

/// The loops over the index space of the kernel's present piece, which has no root.
void add_space(PieceKernel& kernel) {
  const Shape shape = kernel.type(kernel.piece.stores[0]).shape;
  if (shape.empty()) return kernel.store_all({});
  ProgramBuilder& program = kernel.lowering.program;
  std::unordered_map<NodeId, int> uses;
  std::vector<NodeId> nodes = computed_nodes(kernel, uses);
  kernel.share_values();
  kernel.pin_scalars();
  int widest = kernel.widest(kernel.piece.stores[0]);
  for (NodeId id : nodes) {
    bool wider = kernel.type(id).element == Element::f64 && kernel.type(id).rank() > 0;
    if (wider) widest = kernel.thrifty(program.lanes(Element::f64));
  }
  auto store = [&](const ElementIndex& at) { kernel.store_all(at); };
  std::optional<Dim> total = product(shape);
  if (total && is_flat(kernel, nodes, shape)) {
    kernel.values.flat = true;
    return over_space(kernel.values, {*total}, 0, widest, store);
  }
  if (gathers_lanes(kernel, nodes, vector_axis_of(shape))) widest = 1;
  over_space(kernel.values, shape, vector_axis_of(shape), widest, store);
}

}  // namespace

void lower_elementwise(Lowering& lowering, std::span<const Piece> pieces) {
  write_kernel(lowering, pieces, [&](PieceKernel& kernel) {
    for (const Piece& piece : pieces) {
      kernel.turn_to(piece);
      add_space(kernel);
    }
  });
}

}  // namespace nnc
