#include "passes/schedule/kernel_nodes.h"

#include <algorithm>

#include "ir/graph/queries.h"

namespace nnc {

KernelNodes::KernelNodes(const Graph& graph, const Piece& piece, std::function<bool(NodeId)> in_memory)
    : graph_(graph), piece_(piece), in_memory_(std::move(in_memory)), own_(piece.stores.begin(), piece.stores.end()) {}

std::vector<NodeId> KernelNodes::computed(const std::vector<NodeId>& from, bool through_root,
                                          std::unordered_map<NodeId, int>& uses) const {
  std::vector<NodeId> pending = from, found;
  std::unordered_set<NodeId> seen;
  for (NodeId id : pending) ++uses[id];
  while (!pending.empty()) {
    NodeId id = pending.back();
    pending.pop_back();
    if (!seen.insert(id).second) continue;
    found.push_back(id);
    bool root = id == piece_.root, here = own(id) || (root && through_root);
    if ((!here && in_memory_(id)) || (root && !through_root)) continue;
    for (NodeId operand : graph_.node(id).operands) {
      ++uses[operand];
      pending.push_back(operand);
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<NodeId> KernelNodes::computed(std::unordered_map<NodeId, int>& uses) const {
  std::vector<NodeId> from = piece_.stores;
  if (piece_.root != kNoNode) from.push_back(piece_.root);
  return computed(from, true, uses);
}

std::vector<NodeId> KernelNodes::made() const {
  std::unordered_map<NodeId, int> uses;
  std::vector<NodeId> nodes = computed(uses);
  std::erase_if(nodes, [&](NodeId id) { return loaded(id) || graph_.node(id).op->op_class == OpClass::leaf; });
  return nodes;
}

bool KernelNodes::depends_on_root(NodeId id) const {
  std::vector<NodeId> pending = graph_.node(id).operands;
  std::unordered_set<NodeId> seen;
  while (!pending.empty()) {
    NodeId other = pending.back();
    pending.pop_back();
    if (!seen.insert(other).second) continue;
    bool loops = needs_loops(graph_.node(other));
    if (other == piece_.root || (own(other) && loops)) return true;
    if (loaded(other)) continue;  // from memory, whatever it is made of
    if (loops) return true;
    pending.insert(pending.end(), graph_.node(other).operands.begin(), graph_.node(other).operands.end());
  }
  return false;
}

std::unordered_set<NodeId> KernelNodes::shared() const {
  std::unordered_set<NodeId> result;
  if (piece_.stores.size() < 2) return result;
  std::unordered_map<NodeId, int> uses;
  for (NodeId id : computed(uses)) {
    const Node& node = graph_.node(id);
    if (node.type.is_tuple() || node.type.rank() == 0 || uses[id] < 2 || id == piece_.root || loaded(id)) continue;
    if (node.op->op_class != OpClass::leaf && node.op->op_class != OpClass::movement) result.insert(id);
  }
  return result;
}

int64_t KernelNodes::held(bool recompute, int lanes, const StepSizes& sizes) const {
  if (piece_.stores.size() < 2 || lanes == 1) return 0;
  std::unordered_set<NodeId> nodes;
  if (!recompute) nodes = shared();
  nodes.insert(piece_.stores.begin(), piece_.stores.end());
  int64_t registers = 0;
  for (NodeId id : nodes) registers += sizes.registers(type(id).element, lanes);
  return registers;
}

int KernelNodes::widest(const StepSizes& sizes) const {
  std::vector<NodeId> nodes = piece_.stores;
  if (piece_.rows) {
    nodes = piece_.group->nodes;
  } else if (piece_.root == kNoNode) {
    std::unordered_map<NodeId, int> uses;
    nodes = computed(uses);
    std::erase_if(nodes, [&](NodeId id) { return type(id).is_tuple() || (type(id).rank() == 0 && !own(id)); });
  } else {
    const Node& root = graph_.node(piece_.root);
    switch (root.op->op_class) {
      case OpClass::contraction: return sizes.lanes(root.type.element);
      case OpClass::window: return sizes.lanes(computing(type(root.operands[0]).element));
      case OpClass::indexed: return sizes.lanes(computing(root.type.element));
      default: nodes.push_back(piece_.root);
    }
  }
  bool doubles = std::any_of(nodes.begin(), nodes.end(), [&](NodeId id) { return type(id).element == Element::f64; });
  return sizes.lanes(doubles ? Element::f64 : Element::f32);
}

bool KernelNodes::is_flat_node(NodeId id, const Shape& shape) const {
  const Node& node = graph_.node(id);
  bool moves = node.op->op_class == OpClass::movement;
  // A number made of a tensor's only element has no position to give to its operand.
  if (node.type.rank() == 0) return loaded(id) || !moves || type(node.operands[0]).rank() == 0;
  if (node.type.shape != shape) return false;
  if (loaded(id)) {  // its strides in memory are those of its shape, unless that is known only with the data
    return std::none_of(shape.begin(), shape.end(), [](const Dim& dim) { return dim.symbol == Symbol::samples; });
  }
  if (node.op->op_class == OpClass::elementwise || node.op->op_class == OpClass::random) return true;
  if (!moves || node.operands.size() != 1) return false;
  if (type(node.operands[0]).rank() == 0) return true;
  std::optional<std::vector<int64_t>> axes = reordered_axes(graph_, node);
  return axes && std::is_sorted(axes->begin(), axes->end());
}

bool KernelNodes::is_flat(const StepSizes& sizes) const {
  const Shape& shape = type(piece_.stores[0]).shape;
  if (!product(shape)) return false;
  bool leading = true;
  for (const Dim& dim : shape) {
    if (sizes.at_run_time(dim) && !leading) return false;
    leading = leading && dim == Dim(1);
  }
  std::unordered_map<NodeId, int> uses;
  std::vector<NodeId> nodes = computed(uses);
  return std::all_of(nodes.begin(), nodes.end(), [&](NodeId id) { return is_flat_node(id, shape); });
}

bool KernelNodes::gathers_lanes(int vector_axis) const {
  constexpr int64_t kMostOthers = 4;
  std::unordered_map<NodeId, int> uses;
  int64_t gathers = 0, others = 0;
  for (NodeId id : computed(uses)) {
    const Node& node = graph_.node(id);
    if (loaded(id) || node.type.rank() == 0) continue;
    if (node.op->op_class == OpClass::random) return false;
    if (node.op->op_class == OpClass::elementwise) ++others;
    if (node.op->op_class == OpClass::indexed && type(node.operands[1]).rank() > vector_axis) ++gathers;
  }
  return gathers > 0 && others <= kMostOthers * gathers;
}

int KernelNodes::transposed_axis() const {
  const Node& node = graph_.node(piece_.stores[0]);
  if (piece_.stores.size() != 1 || node.op->op_class != OpClass::movement || !in_memory_(node.operands[0])) return -1;
  std::optional<std::vector<int64_t>> axes = reordered_axes(graph_, node);
  if (!axes || axes->empty()) return -1;
  auto last = std::find(axes->begin(), axes->end(), node.type.rank() - 1);
  return last + 1 == axes->end() ? -1 : static_cast<int>(last - axes->begin());
}

namespace {

/// An index at which a node is computed: the chain of movements above it, as a number, and what such places need.
struct Place {
  bool irregular = false;  ///< lanes are subscripted one by one
  int64_t lane_axes = 1;   ///< axes whose positions differ from lane to lane by a stride, at most
};
using Places = std::unordered_map<uint64_t, Place>;

uint64_t extended(uint64_t chain, NodeId mover, size_t access) {
  uint64_t hash = (chain ^ (uint64_t{mover} << 8) ^ access) * 0x9e3779b97f4a7c15U;
  return hash ^ (hash >> 29);
}

/// What an access does to a place, and the registers that its quotients and remainders take.
struct Moved {
  int64_t registers = 0, regular = 0, most_uses = 0;
  bool backwards = false;

  explicit Moved(const Access& access) {
    std::unordered_map<int, int64_t> uses;
    for (const IndexExpr& index : access.index) {
      registers += divisions(index);
      if (!index.is_affine() || index.terms().empty()) continue;
      ++regular;
      for (const IndexExpr::Term& term : index.terms()) {
        most_uses = std::max(most_uses, ++uses[term.variable]);
        backwards = backwards || term.coefficient < 0;
      }
    }
    for (const IndexGuard& guard : access.guards) registers += divisions(guard.expr);
  }
  Place of(const Place& place) const {
    int64_t axes = std::min(regular, place.lane_axes * most_uses);
    return {place.irregular || registers > 0 || backwards || axes > 1, axes};
  }

 private:
  static int64_t divisions(const IndexExpr& index) {
    int64_t count = 0;
    for (const IndexExpr::Term& term : index.terms()) {
      if (term.kind != IndexExpr::Kind::variable) count += 1 + divisions(*term.inner);
    }
    return count;
  }
};

/// Counts registers of all statements as if they lived at once, but for the words of random numbers, which come one
/// after the other.
class BesideCount {
 public:
  BesideCount(const KernelNodes& nodes, const std::vector<NodeId>& from, std::vector<NodeId> order)
      : nodes_(nodes), graph_(nodes.graph()), order_(std::move(order)) {
    for (NodeId id : from) places_[id] = {{0, {}}};
  }

  int64_t run() {
    for (size_t i = order_.size(); i-- > 0;) visit(order_[i]);  // users before operands
    return words_ + others_;
  }

 private:
  void visit(NodeId id) {
    const Node& node = graph_.node(id);
    const Places places = places_[id];
    if (nodes_.loaded(id)) return load(node, places);
    if (id == nodes_.piece().root) return;  // what it reads is asked for by itself
    switch (node.op->op_class) {
      case OpClass::movement: return move(id, node, places);
      case OpClass::random: {
        constexpr int64_t kWords = 7;  // of a round: four, and three that replace them
        words_ = kWords;
        others_ += static_cast<int64_t>(places.size()) * (node.type.element == Element::f64 ? 2 : 1);
        return pass_on(node, places);
      }
      case OpClass::indexed: return gather(id, node, places);
      default: return pass_on(node, places);
    }
  }

  void load(const Node& node, const Places& places) {
    for (const auto& [chain, place] : places) {
      if (place.irregular) others_ += std::min<int64_t>(node.type.rank(), place.lane_axes);
    }
  }

  void gather(NodeId id, const Node& node, const Places& places) {
    for (const auto& [chain, place] : places) {
      others_ += 1;  // the number of the row
      places_[node.operands[0]].insert({extended(chain, id, 0), {true, place.lane_axes}});
      places_[node.operands[1]].insert({chain, place});
    }
  }

  void move(NodeId id, const Node& node, const Places& places) {
    const Movement movement = movement_of(graph_, node);
    for (size_t i = 0; i < movement.accesses.size(); ++i) {
      const Access& access = movement.accesses[i];
      Moved moved(access);
      others_ += static_cast<int64_t>(places.size()) * moved.registers;
      Places& below = places_[node.operands[static_cast<size_t>(access.operand)]];
      for (const auto& [chain, place] : places) below.insert({extended(chain, id, i), moved.of(place)});
    }
  }

  void pass_on(const Node& node, const Places& places) {
    for (NodeId operand : node.operands) places_[operand].insert(places.begin(), places.end());
  }

  const KernelNodes& nodes_;
  const Graph& graph_;
  std::unordered_map<NodeId, Places> places_;
  std::vector<NodeId> order_;
  int64_t words_ = 0, others_ = 0;
};

}  // namespace

int64_t KernelNodes::beside(const std::vector<NodeId>& from, bool through_root, int lanes) const {
  if (lanes == 1) return 0;
  std::unordered_map<NodeId, int> uses;
  return BesideCount(*this, from, computed(from, through_root, uses)).run();
}

std::optional<std::vector<int64_t>> reordered_axes(const Graph& graph, const Node& node) {
  if (node.op->op_class != OpClass::movement || node.operands.size() != 1) return std::nullopt;
  const Movement movement = movement_of(graph, node);
  if (movement.accesses.size() != 1 || !movement.accesses[0].guards.empty()) return std::nullopt;
  const std::vector<IndexExpr>& index = movement.accesses[0].index;
  auto rank = static_cast<size_t>(node.type.rank());
  if (index.size() != rank) return std::nullopt;
  std::vector<int64_t> axes(rank, -1);
  for (size_t axis = 0; axis < rank; ++axis) {
    for (size_t from = 0; from < rank; ++from) {
      bool along = index[from] == IndexExpr::variable(static_cast<int>(axis));
      bool same = node.type.shape[axis] == graph.type(node.operands[0]).shape[from];
      if (along && same) axes[axis] = static_cast<int64_t>(from);
    }
    if (axes[axis] < 0) return std::nullopt;
  }
  return axes;
}

bool takes_registers(const Graph& graph, const Node& node) {
  if (node.op->op_class == OpClass::random) return true;
  if (node.op->op_class == OpClass::indexed) return !needs_loops(node);
  if (node.op->op_class != OpClass::movement) return false;
  const Movement movement = movement_of(graph, node);
  return std::any_of(movement.accesses.begin(), movement.accesses.end(), [](const Access& access) {
    return !access.guards.empty() || std::any_of(access.index.begin(), access.index.end(),
                                                 [](const IndexExpr& index) { return !index.is_affine(); });
  });
}

}  // namespace nnc
