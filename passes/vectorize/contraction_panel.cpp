// For each chunk, or once: for each block, copy the part of the vector operand that its panels read, then for each tile
// of rows add the block's steps to the tile of each panel. Behind the last chunk the tree, then the epilogue, row by
// row. One block alone needs no memory for sums: each tile is finished at once.
#include "passes/vectorize/contraction_panel.h"

#include "passes/schedule/choose_contraction.h"
#include "passes/vectorize/contraction_sums.h"

namespace nnc {

namespace {

constexpr int64_t kCopiedAtOnce = 8;     ///< steps of the sum in straight-line code, where they are copied one by one
constexpr int64_t kTurnedTogether = 64;  ///< steps for which one column after the other stays in the first cache

class PanelEmitter {
 public:
  PanelEmitter(PieceKernel& kernel, const ContractionPlan& plan, const Panels& panels, const RowTiles& row_tiles)
      : kernel_(kernel),
        values_(kernel.values),
        nest_(kernel.nest()),
        plan_(plan),
        panels_(panels),
        row_tiles_(row_tiles),
        node_(kernel.lowering.graph.node(kernel.piece.root)),
        index_(plan.index),
        copies_(kernel.writer.parameter(*plan.panels)) {}

  void emit() {
    const StepSizes& sizes = kernel_.lowering.program.sizes();
    if (!sums_wait(kernel_.schedule, plan_.loops, sizes)) {
      return add_block(Affine::of(0), sizes.extent(plan_.loop(plan_.summed[0]).extent), true, {});
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
    ChunkTree tree(values_, *plan_.chunks, [&](const ChunkTree::Visit& visit) { over_all_sums(visit); });
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
  Affine column_of(const Affine& panel) const { return panels_.column + panel * kernel_.schedule.panel_columns(); }

  void over_panels(const std::function<void(const Affine& panel)>& body) {
    auto scoped = [&](const Affine& panel) {
      values_.open_scope();
      body(panel);
      values_.close_scope();
    };
    if (panels_.count == 1) return scoped(Affine::of(0));
    nest_.serial("panel", 0, panels_.count, 1, scoped);
  }

  /// A panel's sums lie behind those of the panels before it.
  Affine first_sum(const Affine& panel) const { return panel * kernel_.lowering.program.extent(rows()); }
  SumPlace of_panel(const Affine& panel, const Affine& row, const SumPlace& place) {
    const Affine first = first_sum(panel) + row;
    return [&place, first](const std::vector<Affine>& at) { return place({first + at[0], at[1]}); };
  }

  void over_all_sums(const ChunkTree::Visit& visit) {
    over_panels([&](const Affine& panel) {
      const Affine first = first_sum(panel);
      over_sums(values_, panels_.columns, rows(),
                [&](const std::vector<Affine>& at, int lanes) { visit({first + at[0], at[1]}, lanes); });
    });
  }

  /// The first block on its own, since it loads no sums.
  void sum(const ChunkRange& range, const SumPlace& place) {
    const int64_t size = kernel_.schedule.block->size, first = std::min(size, range.extent);
    add_block(range.base, first, true, place);
    over_equal_blocks(nest_, "block", range.extent - first, size, [&](int64_t steps, const Affine& at) {
      add_block(range.base + first + at, steps, false, place);
    });
  }

  void add_block(const Affine& base, int64_t steps, bool first, const SumPlace& place) {
    copy_vectors(base, steps);
    row_tiles_([&](int64_t rows, const Affine& row) {
      over_panels([&](const Affine& panel) {
        TilePart part{base, steps, first, {}, {}};
        if (place) part.sums = of_panel(panel, row, place);
        part.vectors = [&](const Affine& step, const Affine& column) { return copy_at(panel, step, column); };
        emit_tile_part(kernel_, plan_, panels_.columns, rows, row, column_of(panel), part);
      });
    });
  }

  Place copy_at(const Affine& panel, const Affine& step, const Affine& column) {
    return nest_.place(copies_, {panel, step, column});
  }

  ScalarValue element(size_t operand) {
    return values_.wide(
        values_.element(node_.operands[operand], values_.map(plan_.loops.contraction.subscripts[operand], index_)));
  }

  void at_step(const Affine& step, const std::function<void()>& body) {
    index_[plan_.summed[0]] = {step, 0};
    values_.open_scope();
    body();
    values_.close_scope();
  }

  /// In vectors of columns; where neighbours lie along the sum, one by one in their order.
  void copy_vectors(const Affine& base, int64_t steps) {
    if (plan_.loops.along_sum && !plan_.loops.contiguous) return copy_one_by_one(base, steps);
    nest_.serial("step", 0, steps, 1, [&](const Affine& step) {
      over_panels([&](const Affine& panel) {
        over_columns(values_, panels_.columns, [&](const Affine& column) {
          index_[plan_.loops.vector] = {column_of(panel) + column, values_.lanes > 1 ? 1 : 0};
          at_step(base + step, [&] { nest_.store(copy_at(panel, step, column), element(plan_.loops.vector_operand)); });
        });
      });
    });
  }

  void copy_one_by_one(const Affine& base, int64_t steps) {
    const int64_t whole = steps / kTurnedTogether * kTurnedTogether;
    over_panels([&](const Affine& panel) {
      auto turn = [&](const Affine& first, int64_t count) { turn_block(panel, base, first, count); };
      if (whole > 0)
        nest_.serial("turned", 0, whole, kTurnedTogether, [&](const Affine& first) { turn(first, kTurnedTogether); });
      if (whole < steps) turn(Affine::of(whole), steps - whole);
    });
  }

  void turn_block(const Affine& panel, const Affine& base, const Affine& first, int64_t steps) {
    const TileColumns& columns = panels_.columns;
    const int64_t last = columns.active ? columns.active->constant : columns.narrow;  // of the narrow vector
    const int64_t at_once = steps % kCopiedAtOnce == 0 ? kCopiedAtOnce : 1;
    nest_.serial("n", 0, columns.vectors * columns.lanes + last, 1, [&](const Affine& column) {
      index_[plan_.loops.vector] = {column_of(panel) + column, 0};
      auto copy = [&](const Affine& step) {
        at_step(base + step, [&] { nest_.store(copy_at(panel, step, column), element(plan_.loops.vector_operand)); });
      };
      nest_.serial("step", 0, steps, at_once, [&](const Affine& step) {
        nest_.unrolled("u", at_once, [&](const Affine& u) { copy(first + step + u); });
      });
    });
  }

  void finish(const SumPlace& place) {
    over_panels([&](const Affine& panel) {
      finish_sums(kernel_, plan_, panels_.columns, rows(), Affine::of(0), column_of(panel),
                  of_panel(panel, Affine::of(0), place));
    });
  }

  PieceKernel& kernel_;
  Values& values_;
  NestBuilder& nest_;
  const ContractionPlan& plan_;
  const Panels& panels_;
  const RowTiles& row_tiles_;
  const Node& node_;
  ElementIndex index_;
  ParameterId copies_;
};

}  // namespace

void emit_panels(PieceKernel& kernel, const ContractionPlan& plan, const Panels& panels, const RowTiles& row_tiles) {
  kernel.values.open_scope();
  PanelEmitter(kernel, plan, panels, row_tiles).emit();
  kernel.values.close_scope();
}

}  // namespace nnc
