// Questions about a graph that several passes and commands ask.
#pragma once

#include <optional>
#include <string>

#include "ir/graph/graph.h"
#include "ir/graph/op.h"

namespace nnc {

/// Where the elements of a movement node come from.
Movement movement_of(const Graph& graph, const Node& node);

/// The number that every element of the value is, or null: a constant, moved or repeated.
const double* number_everywhere(const Graph& graph, NodeId value);
inline const double* number_everywhere(Value value) { return number_everywhere(*value.graph, value.id); }

/// Where a row's result depends on other rows: what mixes them, "'reduce_sum' at a.nn:12:3"; empty when rows may be cut
/// into blocks as one likes.
std::string mixes_rows(const Graph& graph);

/// What an input stands for; nothing of another node, nor of an input of a body.
std::optional<InputRole> role_of(const Node& node);

/// The loss that a step is checked by; kNoNode where no result is one.
NodeId loss_of(const Graph& graph);
/// The graph with its loss as the only result.
Graph forward_of(const Graph& training);

}  // namespace nnc
