// Panels of a contraction's columns in blocks of the summed loop: the vector operand's part that a block reads is
// copied together once for all tiles of rows, and their sums wait in memory from block to block.
#pragma once

#include "passes/vectorize/contraction_tile.h"

namespace nnc {

/// Calls its body for each tile of rows.
using RowTiles = std::function<void(const std::function<void(int64_t rows, const Affine& row)>& body)>;

/// Neighbouring panels of the same columns.
struct Panels {
  int64_t count = 1;
  TileColumns columns;
  Affine column;  ///< the first
};

/// All rows of these panels: sums and epilogue. The order of each output's terms is that of one chain, or of chunks, as
/// without blocks.
void emit_panels(PieceKernel& kernel, const ContractionPlan& plan, const Panels& panels, const RowTiles& row_tiles);

}  // namespace nnc
