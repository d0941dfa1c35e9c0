// The sums of a contraction where they lie in memory: of a tile, or of a whole panel of columns.
#pragma once

#include "passes/vectorize/contraction_tile.h"

namespace nnc {

/// Visits all vectors of so many rows of sums, rolled: row and column, and their lanes.
void over_sums(Values& values, const TileColumns& columns, const Dim& rows, const ChunkTree::Visit& visit);

/// The epilogue of sums whose first is the output (row, column), row by row; `place` is where one of them lies, from
/// that first on.
void finish_sums(PieceKernel& kernel, const ContractionPlan& plan, const TileColumns& columns, const Dim& rows,
                 const Affine& row, const Affine& column,
                 const std::function<Place(const std::vector<Affine>& at)>& place);

/// Calls the body for each vector of columns, rolled, with `values.lanes` and `.active` set around it.
void over_columns(Values& values, const TileColumns& columns, const std::function<void(const Affine& column)>& body);

/// The output at an index of all loops.
ElementIndex output_of(const ContractionPlan& plan, const ElementIndex& index);

}  // namespace nnc
