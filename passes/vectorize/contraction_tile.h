// One register tile of a contraction: clear, sum, epilogue.
#pragma once

#include "passes/schedule/choose.h"
#include "passes/schedule/tiles.h"
#include "passes/vectorize/chunks.h"
#include "passes/vectorize/lower.h"

namespace nnc {

struct ContractionPlan {
  ContractionLoops loops;
  Element element = Element::f32;
  int lanes = 1;
  Tile tile;
  int64_t last_rows = 1;        ///< of tiles in the last, narrower panel
  std::vector<size_t> summed;   ///< loops in the order of their sum: DOT's vector loop is the last
  std::optional<ChunkCut> cut;  ///< of the summed loops, where their sum is long
  std::optional<View> chunks;   ///< where a tile's chunks are combined, with `cut`
  std::optional<View> panels;   ///< the vector operand's part that a block reads: panel, step, column
  /// Where the epilogue finds the sums of a tile, or with blocks of all rows, panel by panel.
  std::optional<View> sums;
  ElementIndex index;  ///< by loop

  const Contraction::Loop& loop(size_t number) const { return loops.contraction.loops[number]; }
};

/// The columns of a tile: `vectors` of `lanes`, then one of `narrow` lanes if it is not 0, perhaps masked.
struct TileColumns {
  int64_t vectors = 1;
  int lanes = 1;
  std::optional<Affine> active = {};
  int narrow = 0;
};

/// Some of the steps of a tile's sums, which go to memory and, but for the first steps, come from there; without such
/// places all of them.
struct TilePart {
  Affine base;                                                             ///< the first step
  int64_t extent = 1;                                                      ///< steps
  bool first = true;                                                       ///< sums begin with these
  std::function<Place(const std::vector<Affine>& at)> sums;                ///< of a row of the tile and a column
  std::function<Place(const Affine& step, const Affine& column)> vectors;  ///< of the vector operand, from the base on
};

/// The tile whose first output is (row, column).
void emit_tile(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, int64_t rows,
               const Affine& row, const Affine& column);
/// Only these steps of it, and an epilogue only where they are all.
void emit_tile_part(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, int64_t rows,
                    const Affine& row, const Affine& column, const TilePart& part);

}  // namespace nnc
