// A panel of a contraction's columns in blocks of the summed loop: the vector operand's part that a block reads is
// copied together once for all tiles of rows, and their sums wait in memory from block to block.
#pragma once

#include "passes/vectorize/contraction_tile.h"

namespace nnc {

/// Calls its body for each tile of rows.
using RowTiles = std::function<void(const std::function<void(int64_t rows, const Affine& row)>& body)>;

/// The panel whose first column is `column`, all rows: sums and epilogue. The order of each output's terms is that of
/// one chain, or of chunks, as without blocks.
void emit_panel(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, const Affine& column,
                const RowTiles& row_tiles);

}  // namespace nnc
