// Where a calculation that gave an infinity or NaN went wrong.
#pragma once

#include <optional>
#include <vector>

#include "ir/interpret/interpret_graph.h"

namespace nnc {

/// A node that made, of finite operands, an infinity or NaN.
struct Blame {
  NodeId node = kNoNode;
  double value = 0;                   ///< the infinity or NaN
  std::vector<double> operands = {};  ///< of that element, where the op is elementwise
};

/// The first node in the printed order that is infinite or NaN in an element that reaches `result`, and none of whose
/// operands is there (a leaf with a path has none): what a choice does not take does not reach. Constants, and what is
/// copied from them, are no cause. Rounds every node to its element and takes denormals for zeros, as kernels do. None
/// where the result is finite.
std::optional<Blame> first_to_blame(const Graph& graph, NodeId result, const Tensors& inputs, int64_t rows);

}  // namespace nnc
