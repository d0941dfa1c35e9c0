// differentiate: replaces every `gradient` placeholder by the backward graph.
#pragma once

#include "ir/graph/graph.h"
#include "passes/pass.h"

namespace nnc {

/// A graph without `gradient` nodes that yields the same results. Innermost placeholders first, so a gradient of a
/// gradient works, and one within a scan's body. A value that no path connects to a parameter has the gradient zero. A
/// node without a derivative rule is Unsupported at its origin.
Graph differentiate(const Graph& graph);

StageValue run_differentiate(const StageValue& program, const PassOptions& options);
inline constexpr Pass kDifferentiate{
    "differentiate", "replace gradients by the backward graph, in reverse mode",
    "first: the backward half is simplified, laid out and fused together with the forward half", run_differentiate};

}  // namespace nnc
