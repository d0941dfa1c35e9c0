// Row kernels: for each row, the reductions over its one trailing axis in order, with what stands between them; then
// the stores. A short row (at most four vectors) stays in registers; of a long one each pass computes its elements
// anew.
#include <algorithm>

#include "passes/vectorize/accumulate.h"
#include "passes/vectorize/forms.h"
#include "passes/vectorize/lower.h"

namespace nnc {

namespace {

bool is_row_reduction(const Graph& graph, const Node& node) {
  if (node.op->op_class != OpClass::reduction) return false;
  if (node.type.element == Element::bf16 || node.type.element == Element::u8) return false;
  const auto& axes = node.attributes.get<std::vector<int64_t>>("axes");
  return axes.size() == 1 && axes[0] + 1 == graph.type(node.operands[0]).rank();
}

/// Whether a movement leaves a row's values at that row: every axis of the row space is its own.
bool keeps_rows(const Graph& graph, const Node& node, size_t rows) {
  std::vector<Type> types;
  for (NodeId operand : node.operands) types.push_back(graph.type(operand));
  Movement movement = node.op->move(types, node);
  if (movement.accesses.size() != 1 || !movement.accesses[0].guards.empty()) return false;
  const std::vector<IndexExpr>& index = movement.accesses[0].index;
  if (index.size() < rows || index.size() > rows + 1) return false;
  for (size_t axis = 0; axis < rows; ++axis) {
    if (!(index[axis] == IndexExpr::variable(static_cast<int>(axis)))) return false;
  }
  return index.size() == rows || index[rows] == IndexExpr(0) ||
         index[rows] == IndexExpr::variable(static_cast<int>(rows));
}

}  // namespace

bool is_row_space(const Graph& graph, const KernelGroup& group) {
  const Shape* space = nullptr;
  for (NodeId id : group.nodes) {
    const Node& node = graph.node(id);
    if (!needs_loops(node)) continue;
    if (!is_row_reduction(graph, node)) return false;
    const Shape& shape = graph.type(node.operands[0]).shape;
    if (space != nullptr && *space != shape) return false;
    space = &shape;
  }
  if (space == nullptr || space->size() > 8) return false;
  Shape rows(space->begin(), space->end() - 1), kept = rows;
  kept.push_back(Dim(1));
  std::unordered_set<NodeId> computed;
  for (NodeId id : group.nodes) {
    const Node& node = graph.node(id);
    bool depends = std::any_of(node.operands.begin(), node.operands.end(),
                               [&](NodeId operand) { return computed.contains(operand); });
    bool moves = node.op->op_class == OpClass::movement;
    if (moves && !depends) continue;  // of what lies elsewhere: any subscripts
    if (node.op->op_class == OpClass::indexed && depends) return false;
    const Shape& shape = node.type.shape;
    if (shape.empty() && !depends) continue;
    if (shape != *space && shape != rows && shape != kept) return false;
    if (moves && !keeps_rows(graph, node, rows.size())) return false;
    computed.insert(id);
  }
  return std::all_of(group.outputs.begin(), group.outputs.end(), [&](NodeId id) {
    const Shape& shape = graph.type(id).shape;
    return computed.contains(id) && (shape == *space || shape == rows);
  });
}

namespace {

class RowLowering {
 public:
  explicit RowLowering(PieceKernel& kernel)
      : kernel_(kernel), graph_(kernel.lowering.graph), program_(kernel.lowering.program) {
    const Piece& piece = kernel.piece;
    for (NodeId id : piece.group->nodes) {
      const Node& node = graph_.node(id);
      if (needs_loops(node)) space_ = graph_.type(node.operands[0]).shape;
      for (NodeId operand : node.operands) ++uses_[operand];
      if (node.type.element == Element::f64) widest_element_ = Element::f64;
    }
    for (NodeId id : piece.stores) ++uses_[id];
    rows_ = Shape(space_.begin(), space_.end() - 1);
    lanes_ = lanes_for(program_.extent(space_.back()), program_.lanes(widest_element_));
    blocks_ = (program_.extent(space_.back()) + lanes_ - 1) / lanes_;
    short_ = space_.back().constant() && blocks_ >= 1 && blocks_ <= 4 && kernel.thrift < Thrift::sharing;
    for (NodeId id : piece.group->nodes) {  // an order of summation is that of its own element's lanes
      const Node& node = graph_.node(id);
      if (needs_loops(node) && program_.lanes(node.type.element) != program_.lanes(widest_element_)) short_ = false;
    }
  }

  void lower() {
    kernel_.pin_scalars();
    kernel_.values.shared.clear();
    if (short_) share_row_values();
    kernel_.nest().set_summary(short_ ? "rows in registers" : "rows");
    over_space(kernel_.values, rows_, -1, 1, [&](const ElementIndex& at) { lower_row(at); });
  }

 private:
  bool is_row_shaped(NodeId id) const { return graph_.type(id).shape == space_; }

  /// Elements of the row that several passes use stay in registers, if they all fit.
  void share_row_values() {
    int64_t held = 0;
    for (NodeId id : kernel_.piece.group->nodes) {
      const Node& node = graph_.node(id);
      if (!is_row_shaped(id) || uses_[id] < 2 || node.op->op_class != OpClass::elementwise) continue;
      held += blocks_;
      kernel_.values.shared.insert(id);
    }
    int64_t registers = program_.options().target.vector_registers;
    if (held > registers / 2) kernel_.values.shared.clear();
  }

  /// Runs the body for each vector of a short row.
  void over_blocks(const ElementIndex& row, const std::function<void(const ElementIndex&)>& body) {
    int64_t extent = program_.extent(space_.back());
    Values& values = kernel_.values;
    for (int64_t block = 0; block < blocks_; ++block) {
      values.lanes = lanes_;
      values.active = std::nullopt;
      if (extent - block * lanes_ < lanes_) values.active = Affine::of(extent - block * lanes_);
      ElementIndex at = row;
      at.push_back({Affine::of(block * lanes_), lanes_ > 1 ? 1 : 0});
      body(at);
    }
    values.lanes = 1;
    values.active = std::nullopt;
  }

  /// The same bits as accumulate_lanes: what it adds beside is the identity.
  ScalarValue reduced_short(const Node& node, const ElementIndex& row) {
    Values& values = kernel_.values;
    NestBuilder& nest = kernel_.nest();
    std::vector<ScalarValue> parts;
    over_blocks(row, [&](const ElementIndex& at) {
      ScalarValue term = values.wide(values.element(node.operands[0], at));
      if (values.active) {
        ScalarValue inside = nest.call(Scalar::less, nest.lane(lanes_), nest.splat(nest.index(*values.active), lanes_));
        term = nest.select(inside, term, nest.constant(node.op->identity, nest.type(term)));
      }
      parts.push_back(blocks_ > 1 ? values.pin(term, "part") : term);
    });
    while (parts.size() > 1) {
      std::vector<ScalarValue> pairs;
      for (size_t i = 0; i + 1 < parts.size(); i += 2)
        pairs.push_back(nest.call(node.op->combine, parts[i], parts[i + 1]));
      if (parts.size() % 2 == 1) pairs.push_back(parts.back());
      parts = std::move(pairs);
    }
    return lanes_ == 1 ? parts[0] : nest.tree(node.op->combine, parts[0]);
  }

  ScalarValue reduced_long(const Node& node, const ElementIndex& row) {
    Terms terms{
        node.op->combine, node.op->identity, node.type.element, {space_.back()}, [&](const ElementIndex& within) {
          ElementIndex at = row;
          at.push_back(within[0]);
          return kernel_.values.element(node.operands[0], at);
        }};
    bool lanes = reduction_form(node, graph_.type(node.operands[0])) == ReductionForm::lanes;
    return lanes ? accumulate_lanes(kernel_.values, terms) : accumulate_chain(kernel_.values, terms);
  }

  void lower_row(const ElementIndex& row) {
    Values& values = kernel_.values;
    for (NodeId id : kernel_.piece.group->nodes) {
      const Node& node = graph_.node(id);
      if (needs_loops(node)) {
        bool in_lanes = reduction_form(node, graph_.type(node.operands[0])) == ReductionForm::lanes;
        ScalarValue value = short_ && in_lanes ? reduced_short(node, row) : reduced_long(node, row);
        values.know(id, row, values.pin(value, "r"));
      } else if (node.type.shape == rows_ && !rows_.empty() && node.op->op_class != OpClass::movement) {
        values.know(id, row, values.pin(values.element(id, row), "r"));
      }
    }
    for (NodeId id : kernel_.piece.stores) {
      if (is_row_shaped(id)) continue;
      for (const View& view : kernel_.lowering.targets.at(id)) values.store(view, row, values.element(id, row));
    }
    store_rows(row);
  }

  void store_rows(const ElementIndex& row) {
    std::vector<NodeId> stores;
    for (NodeId id : kernel_.piece.stores) {
      if (is_row_shaped(id)) stores.push_back(id);
    }
    if (stores.empty()) return;
    Values& values = kernel_.values;
    auto store_at = [&](const ElementIndex& at) {
      std::vector<ScalarValue> computed;
      for (NodeId id : stores) {
        ScalarValue value = values.element(id, at);
        if (stores.size() > 1 && !values.shared.contains(id)) value = values.pin(value, "out");
        computed.push_back(value);
      }
      for (size_t i = 0; i < stores.size(); ++i) {
        for (const View& view : kernel_.lowering.targets.at(stores[i])) values.store(view, at, computed[i]);
      }
    };
    if (short_) return over_blocks(row, store_at);
    int lanes = kernel_.thrifty(program_.lanes(widest_element_));
    over_lanes(values, space_.back(), lanes, "k", [&](const Affine& base) {
      ElementIndex at = row;
      at.push_back({base, values.lanes > 1 ? 1 : 0});
      store_at(at);
    });
  }

  PieceKernel& kernel_;
  const Graph& graph_;
  ProgramBuilder& program_;
  Shape space_, rows_;
  Element widest_element_ = Element::f32;
  int lanes_ = 1;
  int64_t blocks_ = 1;
  bool short_ = false;
  std::unordered_map<NodeId, int> uses_;
};

}  // namespace

void lower_rows(Lowering& lowering, const Piece& piece) {
  write_kernel(lowering, {&piece, 1}, [](PieceKernel& kernel) { RowLowering(kernel).lower(); });
}

}  // namespace nnc
