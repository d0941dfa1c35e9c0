// How one kernel runs: what the pass `schedule` chooses, the dump shows and `vectorize` writes down as loops.
//
// Loops go by name: a contraction's as in its index notation ("b", "i", "o"), the axes of any other kernel's index
// space i0, i1, …, axes that a reduction sums r0, r1, …, the trailing axis of rows k, and "flat" is the one row-major
// axis of a whole index space. `form`, `chunk` and the lanes of the forms lanes and dot are part of the order of a sum:
// they repeat what the graph and the target decide. No other clause changes a bit of any result.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

struct LoopSize {
  std::string loop;
  int64_t size = 0;
  bool operator==(const LoopSize&) const = default;
};

struct Schedule {
  /// "form outer": the order of the kernel's sums, as the pass `layout` wrote it on the node; empty without one.
  std::string form;
  /// "lanes o 16": the loop that runs in vectors, and the elements of one. "serial": there is no loop
  /// to run in vectors.
  std::optional<LoopSize> lanes;
  /// "tile b 6 o 4": sums that a contraction holds in registers at once. OUTER: rows of one loop, vectors of the loop
  /// in lanes; DOT: rows, columns.
  std::vector<LoopSize> tile;
  /// "last b 13": rows of the tile in the last panel of columns, where that is narrower; none: as in the others.
  std::optional<LoopSize> last;
  /// "chunk i 1024": a chain adds so many positions of this loop; a fixed tree combines the chunks.
  std::optional<LoopSize> chunk;
  /// "block i 256": a contraction takes so many positions of its summed loop for all tiles of a panel of columns, from
  /// a copy of that part of the vector operand; meanwhile the sums wait in memory. A copy that turns its axes takes so
  /// many elements of one axis for each position of the others.
  std::optional<LoopSize> block;
  /// "block i 256 o 512": for all panels of so many columns, one tile of rows after the other.
  std::optional<LoopSize> block_columns;
  /// "epilogue memory": the sums go through memory to a rolled loop, instead of being finished in registers.
  bool epilogue_in_memory = false;
  /// "row registers": the elements of a short row stay in registers from pass to pass, instead of being computed anew.
  bool row_in_registers = false;
  /// "recompute": what several statements use is computed by each of them, instead of holding a register.
  bool recompute = false;
  /// "parallel b": turns of this loop write different places and share no chunk of a sum.
  std::optional<std::string> parallel;
  /// "parallel b 2": they are cut into so many shares, which workers of a team run at once. One: a single worker runs
  /// the kernel.
  int64_t shares = 1;

  int vector_lanes() const { return lanes ? static_cast<int>(lanes->size) : 1; }
  /// Of a contraction's loop, in a tile: 1 where it is in none.
  int64_t tiled(std::string_view loop) const;
  /// Of a contraction of form outer: columns that a tile has, its vectors' elements.
  int64_t panel_columns() const { return lanes ? tiled(lanes->loop) * lanes->size : 1; }
  bool is_flat() const { return lanes && lanes->loop == "flat"; }
  bool operator==(const Schedule&) const = default;
};

/// "form outer, lanes o 16, tile b 6 o 4": as in the dump, after the word `schedule`.
std::string to_string(const Schedule& schedule);

}  // namespace nnc
