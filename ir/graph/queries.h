// Questions about a graph that several passes and commands ask.
#pragma once

#include <optional>

#include "ir/graph/graph.h"

namespace nnc {

/// What an input stands for; nothing of another node, nor of an input of a body.
std::optional<InputRole> role_of(const Node& node);

/// The loss that a step is checked by; kNoNode where no result is one.
NodeId loss_of(const Graph& graph);
/// The graph with its loss as the only result.
Graph forward_of(const Graph& training);

}  // namespace nnc
