// One register tile of a contraction: clear, sum, epilogue.
#pragma once

#include "ir/graph/contraction.h"
#include "passes/vectorize/chunks.h"
#include "passes/vectorize/forms.h"
#include "passes/vectorize/lower.h"
#include "passes/vectorize/tiles.h"

namespace nnc {

struct ContractionPlan {
  Contraction contraction;
  ContractionForm form = ContractionForm::outer;
  Element element = Element::f32;
  size_t vector_loop = SIZE_MAX;  ///< in lanes: of the result (OUTER) or summed (DOT)
  size_t tiled_loop = SIZE_MAX;   ///< rows of the tile
  size_t column_loop = SIZE_MAX;  ///< columns of the tile (DOT)
  size_t vector_operand = 1;      ///< loaded as a vector once for all rows of the tile
  int lanes = 1;
  Tile tile;
  std::vector<size_t> summed;   ///< loops in the order of their sum: DOT's vector loop is the last
  std::optional<ChunkCut> cut;  ///< of the summed loops, where their sum is long
  std::optional<View> chunks;   ///< where a tile's chunks are combined, with `cut`
  /// Where a long epilogue finds the tile's sums, so that it is a loop over rows instead of straight-line code.
  std::optional<View> sums;
  ElementIndex index;  ///< by loop
};

/// The columns of a tile: `vectors` of `lanes`, then one of `narrow` lanes if it is not 0, perhaps masked.
struct TileColumns {
  int64_t vectors = 1;
  int lanes = 1;
  std::optional<Affine> active = {};
  int narrow = 0;
};

/// The summed loops as axes, in the order of `summed`.
std::vector<SummedAxis> summed_axes(const ContractionPlan& plan);

/// The tile whose first output is (row, column).
void emit_tile(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, int64_t rows,
               const Affine& row, const Affine& column);

}  // namespace nnc
