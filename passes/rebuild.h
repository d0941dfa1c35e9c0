// Rebuilding a graph node by node, operands first: what passes that change some nodes are made of.
#pragma once

#include <functional>
#include <span>

#include "ir/graph.h"

namespace nnc {

/// A copy of what the results reach, with every node made by `make` from its operands in the new graph. Names and
/// origins come along.
Graph rebuild(
    const Graph& graph,
    const std::function<Value(Graph& target, NodeId id, const Node& node, std::span<const Value> operands)>& make);

}  // namespace nnc
