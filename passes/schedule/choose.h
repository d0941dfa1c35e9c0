// How a kernel is to run: a pure function of its nodes, the target and the sizes of a step.
#pragma once

#include "ir/graph/contraction.h"
#include "ir/graph/schedule.h"
#include "passes/schedule/chunk_cut.h"
#include "passes/schedule/kernel_nodes.h"

namespace nnc {

/// What a kernel does without when its values are more than the vector registers hold: each also without what stands
/// before it. The last always fits, for what is one lane wide needs no vector register.
enum class RegisterPressure : uint8_t {
  low,
  shared,    ///< what several statements use is computed by each of them
  movement,  ///< what is moved, gathered or drawn comes from memory, where kernels of its own have put it
  lanes,     ///< one lane, wherever the order of a sum is not that of its lanes
};

/// The schedule at this pressure, or none where its values don't fit the registers; at `lanes` there is always one. A
/// piece of a contraction, a reduction, rows, an index space, a window, a scatter.
std::optional<Schedule> schedule_at(const KernelNodes& nodes, const StepSizes& sizes, RegisterPressure pressure);

inline constexpr size_t kNoLoop = SIZE_MAX;

/// A contraction's loops as its schedule names them.
struct ContractionLoops {
  Contraction contraction;
  size_t vector = kNoLoop;    ///< in lanes: of the result (OUTER) or summed (DOT)
  size_t rows = kNoLoop;      ///< of the tile
  size_t columns = kNoLoop;   ///< of the tile (DOT)
  size_t vector_operand = 1;  ///< loaded as a vector once for all rows of the tile
  bool dot = false;
  bool contiguous = true;  ///< whether neighbours in lanes are neighbours in the vector operand
  bool along_sum = false;  ///< whether neighbours along the one summed loop are
  /// An operand that is read often, and whose neighbours along the loop in which it is read lie apart in memory: the
  /// order of its axes in which a copy of it is to be stored first. Empty: as it is. The vector operand is read along
  /// the lanes (blocks copy it themselves), the factor of blocks along the sum.
  std::vector<int64_t> packed_order;
  size_t packed_operand = 0;

  /// Whether one operand is a factor for all columns of a tile, and the other a vector for all of its rows; else every
  /// product computes both.
  bool has_factor() const;
  std::string_view name(size_t loop) const;  ///< empty of no loop
  std::vector<size_t> summed() const;        ///< in the order of the sum: DOT's vector loop is the last
  std::vector<SummedAxis> summed_axes() const;
};
/// The best loops of a contraction.
ContractionLoops loops_of(const KernelNodes& nodes, const StepSizes& sizes);
/// Those that a schedule names.
ContractionLoops named_loops(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule);

}  // namespace nnc
