// The schedule of a contraction: its tile, and where its sums wait.
#pragma once

#include "passes/schedule/choose.h"

namespace nnc {

std::optional<Schedule> schedule_contraction(const KernelNodes& nodes, const StepSizes& sizes,
                                             RegisterPressure pressure);
/// Whether a contraction can run in blocks of its summed loop: form outer, one such loop and columns of known extents,
/// one operand a factor for all columns and the other a vector for all rows.
bool can_block(const ContractionLoops& loops, const StepSizes& sizes);
/// Whether it should: the vector operand is twice what the second cache holds, and some rows use each element of it.
/// Where it nearly fits, tiles read it faster than blocks copy it.
bool wants_blocks(const KernelNodes& nodes, const ContractionLoops& loops, const StepSizes& sizes);
/// Whether sums wait in memory from block to block: not where one block is all.
bool sums_wait(const Schedule& schedule, const ContractionLoops& loops, const StepSizes& sizes);
/// Where the sums of a contraction are cut, whose loop in lanes has so many.
std::optional<ChunkCut> contraction_cut(const ContractionLoops& loops, int lanes, const StepSizes& sizes);

}  // namespace nnc
