// Where a choice (select, minimum, maximum, an extremum) takes nothing from an expression, no derivative comes out of
// it, whatever the expression's slopes are there (docs/numerics.md, "Choices").
#pragma once

#include <span>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// Whether elements keep to themselves on the way back through the node, so that what is chosen of its result says what
/// is chosen of its operands: elementwise ops, movements, extrema.
bool carries_choices(const Node& node);

/// The elements of operand number i that count, those of the node's result being `chosen` (null: all). Null: all.
Value chosen_of_operand(Graph& graph, NodeId node, size_t i, Value chosen);

/// The elements that count where a value has two users, which choose `a` and `b` of it (null: all). Null: all.
Value chosen_by_any(Value a, Value b);

/// Where elementwise expressions have slopes that may be infinite or NaN although everything that they read is finite:
/// exp, products of products. What comes from elsewhere (parameters, inputs, sums, contractions) counts as finite.
class BreakingSlopes {
 public:
  /// Of nodes that stand operands first.
  BreakingSlopes(const Graph& graph, std::span<const NodeId> order);

  /// Whether operand number i's derivative multiplies by such a slope. At a pole of what is finite the op's own rule
  /// stops it; what is not finite may break the derivative of that derivative.
  bool at(NodeId node, size_t i) const;
  /// Whether there is one at the node or below it in its expression.
  bool from(NodeId node) const { return from_[node]; }

 private:
  bool is_tame(NodeId node) const;

  const Graph& graph_;
  std::vector<bool> tame_;  ///< finite as long as what the expression reads is
  std::vector<bool> from_;
};

}  // namespace nnc
