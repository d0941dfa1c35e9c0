// Register tiles of contractions: how many rows and vectors of outputs are accumulated at once.
#pragma once

#include <cstdint>

#include "ir/graph/target.h"

namespace nnc {

/// rows × vectors accumulators. Over an extent of rows that is known, `rows` sized tiles come first, then tiles of one
/// row less, so that at most two bodies exist.
struct Tile {
  int64_t rows = 1;
  int64_t vectors = 1;
};

struct TileQuestion {
  int64_t rows = 1;         ///< outputs along the tiled loop
  int64_t vectors = 1;      ///< whole vectors along the other
  bool rows_known = true;   ///< else the number comes at run time: tiles of `rows` are followed by single rows
  bool steps_known = true;  ///< how many terms each output sums
  int64_t most_vectors = 4;
  bool far_vectors = false;  ///< the vectors of the operand come from the second cache: each is worth more rows
  int64_t operands = 0;      ///< registers that computing the operands takes beside their values
  int64_t epilogue = 0;      ///< registers that the epilogue needs while the accumulators live
};

/// Registers that a tile of so many vectors needs beside its sums: vectors + 1 and what the tier needs in the loop, or
/// those of the epilogue.
int64_t beside_sums(const Target& target, const TileQuestion& question, int64_t vectors);

/// The tile with the fewest estimated cycles within the tier's registers.
Tile choose_tile(const Target& target, const TileQuestion& question);

/// The best number of rows for tiles of just `question.vectors` vectors.
int64_t choose_rows(const Target& target, const TileQuestion& question);

/// An extent in blocks of two sizes that differ by one, none above `most`: `large` blocks of `size`, the rest one less.
struct EqualBlocks {
  int64_t size = 1, large = 0, small = 0;
};
EqualBlocks equal_blocks(int64_t extent, int64_t most);

}  // namespace nnc
