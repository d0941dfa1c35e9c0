// Row kernels: for each row, the reductions over its one trailing axis in order, with what stands between them; then
// the stores. A short row (at most four vectors) stays in registers; of a long one each pass computes its elements
// anew.
#include <algorithm>

#include "passes/schedule/forms.h"
#include "passes/schedule/row_space.h"
#include "passes/vectorize/accumulate.h"
#include "passes/vectorize/lower.h"

namespace nnc {

namespace {

class RowLowering {
 public:
  explicit RowLowering(PieceKernel& kernel)
      : kernel_(kernel),
        graph_(kernel.lowering.graph),
        program_(kernel.lowering.program),
        short_(kernel.schedule.row_in_registers) {
    const KernelNodes nodes = kernel.nodes();
    space_ = row_space(nodes);
    rows_ = Shape(space_.begin(), space_.end() - 1);
    vectors_ = row_vectors(nodes, program_.sizes());
  }

  void lower() {
    kernel_.pin_scalars();
    if (short_ && !kernel_.schedule.recompute) {
      std::vector<NodeId> values = row_values(kernel_.nodes());
      kernel_.values.shared = {values.begin(), values.end()};
    }
    over_space(kernel_.values, rows_, -1, 1, [&](const ElementIndex& at) { lower_row(at); });
  }

 private:
  bool is_row_shaped(NodeId id) const { return graph_.type(id).shape == space_; }

  /// Runs the body for each vector of a short row.
  void over_blocks(const ElementIndex& row, const std::function<void(const ElementIndex&)>& body) {
    int64_t extent = program_.extent(space_.back());
    Values& values = kernel_.values;
    for (int64_t block = 0; block < vectors_.count; ++block) {
      values.lanes = vectors_.lanes;
      values.active = std::nullopt;
      if (extent - block * vectors_.lanes < vectors_.lanes) values.active = Affine::of(extent - block * vectors_.lanes);
      ElementIndex at = row;
      at.push_back({Affine::of(block * vectors_.lanes), vectors_.lanes > 1 ? 1 : 0});
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
        ScalarValue inside =
            nest.call(Scalar::less, nest.lane(vectors_.lanes), nest.splat(nest.index(*values.active), vectors_.lanes));
        term = nest.select(inside, term, nest.constant(node.op->identity, nest.type(term)));
      }
      parts.push_back(vectors_.count > 1 ? values.pin(term, "part") : term);
    });
    while (parts.size() > 1) {
      std::vector<ScalarValue> pairs;
      for (size_t i = 0; i + 1 < parts.size(); i += 2)
        pairs.push_back(nest.call(node.op->combine, parts[i], parts[i + 1]));
      if (parts.size() % 2 == 1) pairs.push_back(parts.back());
      parts = std::move(pairs);
    }
    return vectors_.lanes == 1 ? parts[0] : nest.tree(node.op->combine, parts[0]);
  }

  ScalarValue reduced_long(const Node& node, const ElementIndex& row) {
    SummedTerms terms{
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
    over_lanes(values, space_.back(), kernel_.schedule.vector_lanes(), "k", [&](const Affine& base) {
      ElementIndex at = row;
      at.push_back({base, values.lanes > 1 ? 1 : 0});
      store_at(at);
    });
  }

  PieceKernel& kernel_;
  const Graph& graph_;
  ProgramBuilder& program_;
  Shape space_, rows_;
  RowVectors vectors_;
  bool short_;
};

}  // namespace

void lower_rows(Lowering& lowering, const Piece& piece) {
  PieceKernel kernel(lowering, piece);
  RowLowering(kernel).lower();
  kernel.writer.finish();
}

}  // namespace nnc
