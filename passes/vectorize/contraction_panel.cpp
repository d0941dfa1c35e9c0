// For each chunk, or once: clear the sums; for each block: copy the panel's part of the vector operand, then add its
// steps to every tile. Behind the last chunk the tree, then the epilogue, row by row. One block alone needs no memory
// for sums: each tile is finished at once.
#include "passes/vectorize/contraction_panel.h"

#include "passes/schedule/choose_contraction.h"
#include "passes/vectorize/contraction_sums.h"

namespace nnc {

namespace {

constexpr int64_t kCopiedAtOnce = 8;  ///< steps of the sum, where they are copied one by one

class PanelEmitter {
 public:
  PanelEmitter(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, const Affine& column,
               const RowTiles& row_tiles)
      : kernel_(kernel),
        values_(kernel.values),
        nest_(kernel.nest()),
        plan_(plan),
        columns_(columns),
        column_(column),
        row_tiles_(row_tiles),
        node_(kernel.lowering.graph.node(kernel.piece.root)),
        index_(plan.index),
        panel_(kernel.writer.parameter(*plan.panel)) {}

  void emit() {
    const StepSizes& sizes = kernel_.lowering.program.sizes();
    if (!sums_wait(kernel_.schedule, plan_.loops, sizes)) {
      return add_block(Affine::of(0), sizes.extent(plan_.loop(plan_.summed[0]).extent), {});
    }
    if (plan_.cut) return in_chunks();
    ParameterId sums = kernel_.writer.parameter(*plan_.sums);
    auto place = [&](const std::vector<Affine>& at) { return nest_.place(sums, at); };
    sum({Affine::of(0), kernel_.lowering.program.extent(plan_.loop(plan_.summed[0]).extent), {}, {}}, place);
    finish(place);
  }

 private:
  using SumPlace = std::function<Place(const std::vector<Affine>& at)>;

  void in_chunks() {
    ChunkTree tree(values_, *plan_.chunks,
                   [&](const ChunkTree::Visit& visit) { over_sums(values_, columns_, rows(), visit); });
    over_chunks(
        values_, plan_.loops.summed_axes(), *plan_.cut, [](size_t, const Affine&) {},
        [&](const ChunkRange& range) {
          tree.next();
          sum(range, [&](const std::vector<Affine>& at) { return tree.total(at); });
        });
    tree.combine(*plan_.cut);
    finish([&](const std::vector<Affine>& at) { return tree.result(at); });
  }

  const Dim& rows() const { return plan_.loop(plan_.loops.rows).extent; }

  void sum(const ChunkRange& range, const SumPlace& place) {
    over_sums(values_, columns_, rows(), [&](const std::vector<Affine>& at, int lanes) {
      nest_.store(place(at), nest_.constant(0, NestType{plan_.element, lanes}));
    });
    over_equal_blocks(nest_, "block", range.extent, kernel_.schedule.block->size,
                      [&](int64_t steps, const Affine& at) { add_block(range.base + at, steps, place); });
  }

  void add_block(const Affine& base, int64_t steps, const SumPlace& place) {
    copy_vectors(base, steps);
    TilePart part{base, steps, place,
                  [&](const Affine& step, const Affine& column) { return nest_.place(panel_, {step, column}); }};
    row_tiles_(
        [&](int64_t rows, const Affine& row) { emit_tile_part(kernel_, plan_, columns_, rows, row, column_, part); });
  }

  /// In vectors of columns; where neighbours lie along the sum, one by one in their order.
  void copy_vectors(const Affine& base, int64_t steps) {
    auto at_step = [&](const Affine& step, const std::function<void()>& body) {
      index_[plan_.summed[0]] = {base + step, 0};
      values_.open_scope();
      body();
      values_.close_scope();
    };
    if (!plan_.loops.along_sum || plan_.loops.contiguous) {
      return nest_.serial("step", 0, steps, 1, [&](const Affine& step) {
        over_columns(values_, columns_, [&](const Affine& column) {
          index_[plan_.loops.vector] = {column_ + column, values_.lanes > 1 ? 1 : 0};
          at_step(step, [&] { copy(step, column); });
        });
      });
    }
    const int64_t columns = columns_.vectors * columns_.lanes + last_columns();
    auto column_at = [&](const Affine& column) {
      index_[plan_.loops.vector] = {column_ + column, 0};
      int64_t at_once = steps % kCopiedAtOnce == 0 ? kCopiedAtOnce : 1;
      nest_.serial("step", 0, steps, at_once, [&](const Affine& step) {
        nest_.unrolled("u", at_once, [&](const Affine& u) { at_step(step + u, [&] { copy(step + u, column); }); });
      });
    };
    nest_.serial("n", 0, columns, 1, column_at);
  }

  /// Of the narrow vector, those that exist.
  int64_t last_columns() const { return columns_.active ? columns_.active->constant : columns_.narrow; }

  void copy(const Affine& step, const Affine& column) {
    const size_t operand = plan_.loops.vector_operand;
    ScalarValue value =
        values_.element(node_.operands[operand], values_.map(plan_.loops.contraction.subscripts[operand], index_));
    nest_.store(nest_.place(panel_, {step, column}), values_.wide(value));
  }

  void finish(const SumPlace& place) { finish_sums(kernel_, plan_, columns_, rows(), Affine::of(0), column_, place); }

  PieceKernel& kernel_;
  Values& values_;
  NestBuilder& nest_;
  const ContractionPlan& plan_;
  const TileColumns& columns_;
  Affine column_;
  const RowTiles& row_tiles_;
  const Node& node_;
  ElementIndex index_;
  ParameterId panel_;
};

}  // namespace

void emit_panel(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, const Affine& column,
                const RowTiles& row_tiles) {
  kernel.values.open_scope();
  PanelEmitter(kernel, plan, columns, column, row_tiles).emit();
  kernel.values.close_scope();
}

}  // namespace nnc
