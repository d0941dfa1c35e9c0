// Run-time sizes given their numbers.
#pragma once

#include <unordered_map>

#include "ir/graph/graph.h"

namespace nnc {

/// `type` and `node` (its type and its attributes' sizes) when B and N have these values. A node without operands'
/// types: resolve those too before its record's `move` is asked.
Type resolve(const Type& type, int64_t rows, int64_t samples);
Node resolve(const Node& node, int64_t rows, int64_t samples);

/// The value of `id` for this many rows, made in the same graph: what depends on B is added once more with the number
/// in its place, and what `given` maps is what it maps to.
Value at_rows(Graph& graph, NodeId id, int64_t rows, std::unordered_map<NodeId, Value> given);

}  // namespace nnc
