// A graph of a step reads the rows of its batch from whole columns; here it reads them as they come.
#pragma once

#include <unordered_map>

#include "ir/graph/graph.h"

namespace nnc {

/// The graph with an input of B rows by the column's path ("column.houses.x") where rows of a column are gathered by
/// the batch's order. `mapped`, if there is one, takes the new node of each.
Graph read_rows_as_inputs(const Graph& step, std::unordered_map<NodeId, NodeId>* mapped = nullptr);

}  // namespace nnc
