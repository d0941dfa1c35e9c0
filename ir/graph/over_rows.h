// From a computation on one sample to the same computation on every row of a batch.
#pragma once

#include <string>
#include <unordered_map>
#include <variant>

#include "ir/graph/graph.h"

namespace nnc {

/// `sample` was made from placeholders, each a sample [..S]. `rows` gives for each placeholder the samples of a batch,
/// [B, ..S], in the same graph. The result is [B, ..R] where `sample` is [..R]: its row b is what `sample` is for the
/// b-th samples, whatever the ops do to their axes. A random number is drawn for every row anew. What depends on no
/// placeholder is repeated. Where an op can't be done so: a text that names it.
std::variant<Value, std::string> over_rows(Graph& graph, NodeId sample, const std::unordered_map<NodeId, Value>& rows);

}  // namespace nnc
