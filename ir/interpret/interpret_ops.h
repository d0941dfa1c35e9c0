// One node's value from its operands' values, by the class of its op: the inside of interpret_graph.
#pragma once

#include <span>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// The value of a node during interpretation; its sizes are constants. The numbers are doubles whatever the element
/// type is, so that they need not be rounded to it. `tangents` is empty where nothing moves.
struct Cell {
  Type type;
  std::vector<double> values = {};
  std::vector<double> tangents = {};
  std::vector<Cell> parts = {};  ///< of a tuple

  bool moves() const { return !tangents.empty(); }
};
using Cells = std::vector<const Cell*>;

int64_t element_count(const Type& type);  ///< of constant sizes
std::vector<int64_t> row_major_strides(const Shape& shape);

/// `node` is resolved (constant sizes). With `round`, casts between floats round.
Cell evaluate_elementwise(const Node& node, const Cells& operands, bool round);
Cell evaluate_movement(const Node& node, const Cells& operands);
Cell evaluate_reduction(const Node& node, const Cells& operands);
Cell evaluate_contraction(const Node& node, const Cells& operands);
Cell evaluate_gather(const Node& node, const Cells& operands);
Cell evaluate_scatter_add(const Node& node, const Cells& operands);
/// Window reductions, and both argmax (along an axis, within a window).
Cell evaluate_window(const Node& node, const Cells& operands);
Cell evaluate_random(const Node& node, const Cells& operands);

}  // namespace nnc
