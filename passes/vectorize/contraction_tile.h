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
  /// Where the epilogue finds the tile's sums, so that it is a loop over rows instead of straight-line code.
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

/// The tile whose first output is (row, column).
void emit_tile(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, int64_t rows,
               const Affine& row, const Affine& column);

}  // namespace nnc
