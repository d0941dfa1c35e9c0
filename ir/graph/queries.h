// Questions about a graph that several passes and commands ask.
#pragma once

#include "ir/graph/graph.h"

namespace nnc {

/// The loss that a step is checked by; kNoNode where no result is one.
NodeId loss_of(const Graph& graph);
/// The graph with its loss as the only result.
Graph forward_of(const Graph& training);

}  // namespace nnc
