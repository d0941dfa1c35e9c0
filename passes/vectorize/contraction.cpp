// Contractions as loop nests. Numbered:
//   1. One result loop runs in lanes (OUTER) or the last summed loop does (DOT); one other result loop, on which the
//      vector operand does not depend, runs in register tiles; the others are plain loops outside.
//   2. Panels of whole vectors, then the vectors that are left with a narrow or masked last one.
//   3. Within a panel, tiles of rows; within a tile the summed loops, innermost rolled; then the epilogue, unrolled.
// The order of each output's terms is the form's and never the tile's.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "passes/schedule/choose_contraction.h"
#include "passes/schedule/tiles.h"
#include "passes/vectorize/contraction_panel.h"
#include "passes/vectorize/lower.h"

namespace nnc {

namespace {

class ContractionLowering {
 public:
  ContractionLowering(Lowering& lowering, const Piece& piece)
      : program_(lowering.program), kernel_(lowering, piece), schedule_(kernel_.schedule) {
    const Node& node = lowering.graph.node(piece.root);
    plan_.loops = named_loops(kernel_.nodes(), program_.sizes(), schedule_);
    plan_.element = node.type.element;
    plan_.index.resize(c().loops.size());
    plan_.lanes = schedule_.vector_lanes();
    plan_.summed = plan_.loops.summed();
    const size_t along = plan_.loops.dot ? plan_.loops.columns : plan_.loops.vector;
    plan_.tile = {schedule_.tiled(plan_.loops.name(plan_.loops.rows)), schedule_.tiled(plan_.loops.name(along))};
    plan_.last_rows = schedule_.last ? schedule_.last->size : plan_.tile.rows;
  }

  void lower() {
    for (size_t loop = 0; loop < c().result_rank; ++loop) {
      if (extent(loop) == 0) return;
    }
    kernel_.share_values();
    kernel_.pin_operand_scalars();
    reserve_memory();
    over_others(0);
    kernel_.writer.finish();
  }

 private:
  const Contraction& c() const { return plan_.loops.contraction; }
  const Dim& dim(size_t loop) const { return c().loops[loop].extent; }
  int64_t extent(size_t loop) const { return program_.extent(dim(loop)); }
  bool at_run_time(size_t loop) const { return program_.at_run_time(dim(loop)); }

  /// Where a tile's sums wait for the epilogue, and where its chunks are combined.
  void reserve_memory() {
    const std::string& name = kernel_.piece.group->name;
    int64_t rows = std::max(plan_.tile.rows, plan_.last_rows);
    int64_t columns = plan_.tile.vectors * plan_.lanes + (schedule_.block ? 0 : plan_.lanes);
    const bool waits = sums_wait(schedule_, plan_.loops, program_.sizes());
    if (schedule_.block) {
      const Dim steps(schedule_.block->size), panels(panels_at_once());
      plan_.panels = program_.temporary(name + ".panels", Type(plan_.element, {panels, steps, Dim(columns)}),
                                        kernel_.nest().is_shared());
    }
    if (waits) rows = panels_at_once() * extent(plan_.loops.rows);
    plan_.cut = contraction_cut(plan_.loops, plan_.lanes, program_.sizes());
    if (schedule_.epilogue_in_memory && !(waits && plan_.cut)) {
      plan_.sums = program_.temporary(name + ".sums", Type(plan_.element, {Dim(rows), Dim(columns)}),
                                      kernel_.nest().is_shared());
    }
    if (!plan_.cut) return;
    plan_.chunks = ChunkTree::memory(program_, name + ".chunks", plan_.element, plan_.cut->chunks, {rows, columns},
                                     kernel_.nest().is_shared());
  }

  /// Panels of columns that a block of the sum is taken for.
  int64_t panels_at_once() const {
    return schedule_.block_columns ? schedule_.block_columns->size / schedule_.panel_columns() : 1;
  }

  /// The result loops that are in no tile, outermost.
  void over_others(size_t loop) {
    if (loop == c().result_rank) return over_columns();
    if (loop == plan_.loops.vector || loop == plan_.loops.rows || loop == plan_.loops.columns)
      return over_others(loop + 1);
    over_axis(kernel_.values, dim(loop), c().loops[loop].name, [&](const Affine& at) {
      plan_.index[loop] = {at, 0};
      over_others(loop + 1);
    });
  }

  void over_columns() {
    if (plan_.loops.dot) return over_dot_columns();
    if (plan_.loops.vector == kNoLoop) return over_rows({1, 1, std::nullopt, 0}, Affine::of(0));
    const Dim& along = dim(plan_.loops.vector);
    std::string name = c().loops[plan_.loops.vector].name;
    int lanes = plan_.lanes;
    int64_t panel = schedule_.panel_columns();
    auto whole_panel = [&](const Affine& at) { over_rows({plan_.tile.vectors, lanes, std::nullopt, 0}, at); };
    if (program_.at_run_time(along)) {
      LoopBound whole{0, along.count, panel};
      kernel_.nest().loop(LoopKind::serial, name, LoopBound{}, whole, panel, whole_panel);
      // Lanes whose neighbours lie apart are loaded one by one anyway, so the last ones are not worth a mask.
      int last = plan_.loops.contiguous ? lanes : 1;
      kernel_.nest().loop(LoopKind::serial, name + "_tail", whole, rows_bound(along.count), last,
                          [&](const Affine& at) {
                            if (last == 1) return over_rows({1, 1, std::nullopt, 0}, at);
                            over_rows({0, lanes, rows_affine(along.count) - at, lanes}, at);
                          });
      return;
    }
    int64_t size = extent(plan_.loops.vector), panels = size / panel;
    if (panels == 1) kernel_.nest().single(name, 0, whole_panel);
    if (panels > 1 && schedule_.block_columns) over_blocks_of_panels(panels);
    if (panels > 1 && !schedule_.block_columns) kernel_.nest().serial(name, 0, panels * panel, panel, whole_panel);
    int64_t left = size - panels * panel;
    if (left == 0) return;
    int64_t rest = left % lanes;
    int narrow = rest == 0 ? 0 : lanes_for(rest, lanes);
    std::optional<Affine> active;
    if (rest != narrow) active = Affine::of(rest);
    plan_.tile.rows = plan_.last_rows;
    kernel_.nest().single(name, panels * panel,
                          [&](const Affine& at) { over_rows({left / lanes, lanes, active, narrow}, at); });
  }

  void over_blocks_of_panels(int64_t panels) {
    const TileColumns columns{plan_.tile.vectors, plan_.lanes, std::nullopt, 0};
    const int64_t at_once = panels_at_once(), whole = panels / at_once, left = panels % at_once;
    auto emit = [&](int64_t count, const Affine& column) { emit_blocks({count, columns, column}); };
    const int64_t step = at_once * schedule_.panel_columns();
    const std::string& name = c().loops[plan_.loops.vector].name;
    if (whole == 1) kernel_.nest().single(name, 0, [&](const Affine& at) { emit(at_once, at); });
    if (whole > 1) {
      kernel_.nest().serial(name, 0, whole * step, step, [&](const Affine& at) { emit(at_once, at); });
    }
    if (left > 0) kernel_.nest().single(name, whole * step, [&](const Affine& at) { emit(left, at); });
  }

  void emit_blocks(const Panels& panels) {
    emit_panels(kernel_, plan_, panels, [&](const std::function<void(int64_t, const Affine&)>& body) {
      over_blocks(plan_.loops.rows, plan_.tile.rows, body);
    });
  }

  void over_dot_columns() {
    if (plan_.loops.columns == kNoLoop) return over_rows({1, plan_.lanes, std::nullopt, 0}, Affine::of(0));
    auto tile = [&](int64_t columns, const Affine& at) { over_rows({columns, plan_.lanes, std::nullopt, 0}, at); };
    over_blocks(plan_.loops.columns, plan_.tile.vectors, tile);
  }

  void over_rows(const TileColumns& columns, const Affine& column) {
    if (plan_.loops.rows == kNoLoop) return emit(columns, 1, Affine::of(0), column);
    if (schedule_.block) return emit_blocks({1, columns, column});
    over_blocks(plan_.loops.rows, plan_.tile.rows,
                [&](int64_t rows, const Affine& row) { emit(columns, rows, row, column); });
  }

  void emit(const TileColumns& columns, int64_t rows, const Affine& row, const Affine& column) {
    emit_tile(kernel_, plan_, columns, rows, row, column);
  }

  /// A loop in blocks of at most `most`: two sizes when its extent is known, else whole blocks and single turns.
  void over_blocks(size_t loop, int64_t most, const std::function<void(int64_t, const Affine&)>& body) {
    std::string name = c().loops[loop].name;
    NestBuilder& nest = kernel_.nest();
    if (at_run_time(loop)) {
      LoopBound whole{0, dim(loop).count, most};
      nest.loop(LoopKind::serial, name, LoopBound{}, whole, most, [&](const Affine& at) { body(most, at); });
      if (most == 1) return;
      nest.loop(LoopKind::serial, name + "_tail", whole, rows_bound(dim(loop).count), 1,
                [&](const Affine& at) { body(1, at); });
      return;
    }
    over_equal_blocks(nest, name, extent(loop), most, body);
  }

  ProgramBuilder& program_;
  PieceKernel kernel_;
  const Schedule& schedule_;
  ContractionPlan plan_;
};

}  // namespace

void lower_contraction(Lowering& lowering, const Piece& piece) { ContractionLowering(lowering, piece).lower(); }

}  // namespace nnc
