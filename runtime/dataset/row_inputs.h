// A graph of a step reads the rows of its batch from whole columns; here it reads them as they come.
#pragma once

#include <unordered_map>

#include "ir/graph/graph.h"

namespace nnc {

/// Copies what is reachable in `step`, with names and origins, into `graph`: where rows of a column are gathered by the
/// batch's order stands an input of B rows by the column's path ("column.houses.x"). `mapped`: the new node of each.
void read_rows_as_inputs(const Graph& step, Graph& graph, std::unordered_map<NodeId, NodeId>& mapped);

}  // namespace nnc
