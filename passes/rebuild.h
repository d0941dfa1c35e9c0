// Rebuilding a graph node by node, operands first: what passes that change some nodes are made of.
#pragma once

#include <functional>
#include <span>
#include <unordered_map>

#include "ir/graph/graph.h"

namespace nnc {

/// Where node `id` of `from` comes from goes to `result`, which stands for it in `to`, and to the nodes from number
/// `first` on that were made for it and have no origin yet.
void inherit_origins(const Graph& from, NodeId id, Graph& to, size_t first, NodeId result);

/// A copy of what the results reach, with every node made by `make` from its operands in the new graph. Names and
/// origins come along; `mapped`, if there is one, takes the new node of each.
Graph rebuild(
    const Graph& graph,
    const std::function<Value(Graph& target, NodeId id, const Node& node, std::span<const Value> operands)>& make,
    std::unordered_map<NodeId, NodeId>* mapped = nullptr);

}  // namespace nnc
