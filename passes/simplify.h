// simplify: fewer and cheaper nodes, the same bits.
#pragma once

#include "ir/graph/graph.h"
#include "passes/pass.h"

namespace nnc {

/// A graph with the same results, bit for bit: every rule (passes/simplify/) holds for −0, infinities and NaN too,
/// folds only correctly rounded operations in the node's own type, and moves nothing across a rounding. Nodes that no
/// result reaches are gone. Simplifying twice changes nothing more. A graph that still holds `gradient` placeholders is
/// only rebuilt: what a placeholder names must stay the same node.
Graph simplify(const Graph& graph);

StageValue run_simplify(const StageValue& program, const PassOptions& options);
inline constexpr Pass kSimplify{
    "simplify", "fold constants, use exact identities, drop dead nodes",
    "after differentiate, whose rules leave products with 1, repeated scalars and unused cotangents; before layout and "
    "fuse, which decide by the nodes that are left",
    run_simplify};

}  // namespace nnc
