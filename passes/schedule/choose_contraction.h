// The schedule of a contraction: its tile, and where its sums wait.
#pragma once

#include "passes/schedule/choose.h"

namespace nnc {

std::optional<Schedule> schedule_contraction(const KernelNodes& nodes, const StepSizes& sizes,
                                             RegisterPressure pressure);
/// Where the sums of a contraction are cut, whose loop in lanes has so many.
std::optional<ChunkCut> contraction_cut(const ContractionLoops& loops, int lanes, const StepSizes& sizes);

}  // namespace nnc
