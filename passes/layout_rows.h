// Around convolutions the rows of a batch are the last axis: neighbours in memory, and so in lanes.
#pragma once

#include "ir/graph/graph.h"

namespace nnc {

/// The graph in which contractions over windows read and make values whose leading axis, the rows of a batch, comes
/// last, and so does what is computed of these element by element, by pools, pads, sums and reshapes. A row of an image
/// seldom fills its vectors, its windows overlap and begin anywhere; so many rows of a batch do fill them, each vector
/// begins where the last one ended, and a pad is beside the vectors. What of its operands decides for a node is the
/// same in every graph that has it, so both kernel sets, training and evaluation sum in the same order.
Graph rows_last_around_windows(const Graph& graph);

}  // namespace nnc
