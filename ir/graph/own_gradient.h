// A value whose derivative its definition says itself: the graph keeps both, and `differentiate` takes what is said.
#pragma once

#include <memory>
#include <span>

#include "ir/graph/graph.h"

namespace nnc {

/// y, with a gradient of its own by each of `by`: the body makes them of what arrives at y, its input 0, and of
/// `invariants`, its inputs behind that.
Value own_gradient(Value y, std::span<const Value> by, std::span<const Value> invariants,
                   std::shared_ptr<const Graph> body);

/// How the operands of such a node are laid out.
struct OwnGradient {
  NodeId value = kNoNode;
  std::span<const NodeId> by;

  /// Of any node; `value` is kNoNode where it is none.
  static OwnGradient of(const Node& node);
};

}  // namespace nnc
