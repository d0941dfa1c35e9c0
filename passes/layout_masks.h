// Which of two equal values is kept from one kernel to another: a choice of what lies in memory.
#pragma once

#include "ir/graph/graph.h"

namespace nnc {

/// Where a = select(x <= 0, 0, x) is stored anyway, whoever else asks "x <= 0" asks "a <= 0": the same answer for every
/// x, NaN included, and the mask takes no memory of its own.
Graph ask_results_for_masks(const Graph& graph);

}  // namespace nnc
