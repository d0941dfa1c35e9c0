// One node of a graph by itself: what its own derivative rule says about the values that it saw.
#pragma once

#include <string>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// `node` (its sizes constants, see resolve) applied to inputs "0", "1", … of these types, which
/// are the graph's nodes 0, 1, …. The result "out" is the
/// node's value, of a tuple "out.0", "out.1", ….
Graph node_alone(const Node& node, const std::vector<Type>& operands);

}  // namespace nnc
