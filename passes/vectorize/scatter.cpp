// Rows added at computed places, one after the other. A long sum of floats fills one table for each chunk of places and
// combines the tables; chunks are long enough that going through tables is little beside adding rows.
#include <algorithm>

#include "passes/schedule/sums.h"
#include "passes/vectorize/chunks.h"
#include "passes/vectorize/lower.h"

namespace nnc {

namespace {

class ScatterLowering {
 public:
  explicit ScatterLowering(PieceKernel& kernel)
      : kernel_(kernel),
        values_(kernel.values),
        nest_(kernel.nest()),
        node_(kernel.lowering.graph.node(kernel.piece.root)),
        table_(node_.type.shape),
        places_(kernel.type(node_.operands[0]).shape),
        element_(computing(node_.type.element)),
        widest_(kernel.schedule.vector_lanes()) {
    const Type& rows = kernel.type(node_.operands[1]);
    row_ = Shape(rows.shape.begin() + static_cast<std::ptrdiff_t>(places_.size()), rows.shape.end());
  }

  void lower() {
    kernel_.share_values();
    kernel_.pin_scalars();
    if (std::optional<ChunkCut> cut = scatter_cut(node_, places_, kernel_.lowering.program.sizes()))
      return add_chunks(*cut);
    const std::vector<View>& targets = kernel_.lowering.targets.at(kernel_.piece.root);
    over_table([&](const ElementIndex& at) { values_.store(targets[0], at, nest_.constant(0, node_.type.element)); });
    over_space(values_, places_, -1, 1, [&](const ElementIndex& place) { add_row(place, targets[0]); });
    for (size_t i = 1; i < targets.size(); ++i) {
      over_table([&](const ElementIndex& at) { values_.store(targets[i], at, values_.load(targets[0], at)); });
    }
  }

 private:
  void over_table(const SpaceBody& body) { over_space(values_, table_, vector_axis_of(table_), widest_, body); }

  /// Runs the body for the row at a place: where each of its elements comes from and where it goes.
  void over_row(const ElementIndex& place,
                const std::function<void(const ElementIndex& from, const ElementIndex& to)>& body) {
    AxisIndex row = values_.row_number(node_.operands[0], place, table_[0]);
    over_space(values_, row_, vector_axis_of(row_), widest_, [&](const ElementIndex& within) {
      ElementIndex from = place, to{row};
      from.insert(from.end(), within.begin(), within.end());
      to.insert(to.end(), within.begin(), within.end());
      body(from, to);
    });
  }

  void add_row(const ElementIndex& place, const View& sums) {
    over_row(place, [&](const ElementIndex& from, const ElementIndex& to) {
      ScalarValue sum = nest_.cast(values_.load(sums, to), element_);
      ScalarValue more = nest_.cast(values_.element(node_.operands[1], from), element_);
      values_.store(sums, to, nest_.cast(sum + more, node_.type.element));
    });
  }

  int64_t table_elements() const {
    int64_t elements = 1;
    for (const Dim& dim : table_) elements *= dim.count;
    return elements;
  }

  /// The place of an element of the table in a table of a chunk, which is flat.
  Affine flat(const ElementIndex& at) const {
    Affine position = at[0].base;
    for (size_t axis = 1; axis < at.size(); ++axis) position = position * table_[axis].count + at[axis].base;
    return position;
  }

  void add_chunks(const ChunkCut& cut) {
    ProgramBuilder& program = kernel_.lowering.program;
    int64_t elements = table_elements(), padded = (elements + widest_ - 1) / widest_ * widest_;
    View memory = ChunkTree::memory(program, "chunks", element_, cut.chunks, {padded}, false);
    auto each = [&](const ChunkTree::Visit& visit) {
      over_lanes(values_, Dim(elements), widest_, "e", [&](const Affine& at) { visit({at}, values_.lanes); });
    };
    ChunkTree tree(values_, memory, each);
    ElementIndex place(places_.size());
    auto stand = [&](size_t axis, const Affine& at) { place[axis] = {at, 0}; };
    over_chunks(values_, axes_named(places_, "place"), cut, stand, [&](const ChunkRange& range) {
      tree.next();
      each([&](const std::vector<Affine>& at, int lanes) {
        nest_.store(tree.total(at), nest_.constant(0, NestType{element_, lanes}));
      });
      over_range(values_, range, "place", [&](const Affine& at) {
        place[cut.axis] = {at, 0};
        add_rows_behind(cut.axis + 1, place, tree);
      });
    });
    tree.combine(cut);
    over_table([&](const ElementIndex& at) {
      Place from = tree.result({flat(at)});
      from.active = values_.active;
      ScalarValue sum = nest_.cast(nest_.load(from, values_.lanes), node_.type.element);
      for (const View& view : kernel_.lowering.targets.at(kernel_.piece.root)) values_.store(view, at, sum);
    });
  }

  void add_rows_behind(size_t axis, ElementIndex& place, const ChunkTree& tree) {
    if (axis < places_.size()) {
      return over_axis(values_, places_[axis], "place", [&](const Affine& at) {
        place[axis] = {at, 0};
        add_rows_behind(axis + 1, place, tree);
      });
    }
    over_row(place, [&](const ElementIndex& from, const ElementIndex& to) {
      Place sum = tree.total({flat(to)});
      sum.active = values_.active;
      ScalarValue more = nest_.cast(values_.element(node_.operands[1], from), element_);
      nest_.store(sum, nest_.load(sum, values_.lanes) + values_.wide(more));
    });
  }

  PieceKernel& kernel_;
  Values& values_;
  NestBuilder& nest_;
  const Node& node_;
  const Shape& table_;   ///< all rows
  const Shape& places_;  ///< one row each
  Shape row_;
  Element element_;
  int widest_;
};

}  // namespace

void lower_scatter(Lowering& lowering, const Piece& piece) {
  PieceKernel kernel(lowering, piece);
  ScatterLowering(kernel).lower();
  kernel.writer.finish();
}

}  // namespace nnc
