// The reverse walk over a graph: what `differentiate`, and a scan's derivative within its body, are made of.
#pragma once

#include <span>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// A cotangent that arrives at a node.
struct Seed {
  Value of;
  Value cotangent;  ///< of the same type
};

/// The cotangents of `wanted`, given those of some results: Σ over the seeds, each node's rule applied once, after all
/// its users. A null Value where no path leads from a seed to it. Adds to the values' own graph; nodes that lead to no
/// wanted value are skipped. A node without a rule is `Unsupported` at its origin. New nodes get the node's origins
/// with the note "backward of …".
std::vector<Value> pull_back(Graph& graph, std::span<const Seed> seeds, std::span<const Value> wanted);

/// a + b of two cotangents: a null one or a constant 0 adds nothing, tuples are added part by part.
Value accumulate(Value a, Value b);

/// Where the cotangent is 0 and the slope is infinite or NaN, their product NaN is replaced by 0 (numerics.md, "where /
/// masking"). Where the slope is finite the value is left as it is, so that its own derivative is right.
Value mask_pole(Value cotangent, Value product);

}  // namespace nnc
