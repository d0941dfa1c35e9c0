// lift: takes out of a scan what needs no state, so that it is computed once for all steps.
#pragma once

#include "ir/graph/graph.h"
#include "passes/pass.h"

namespace nnc {

/// The same graph, where of every scan's body
/// - contractions of sequences, and what is elementwise of them and no larger, are computed for all steps at once,
///   before the loop, and what depends on no step once;
/// - a sum that the loop only adds to (the gradient of a weight that all steps use), and outputs that no later step
///   reads, are computed for all steps at once behind the loop: one contraction over steps and rows;
/// - states, outputs and sequences that nothing reads are gone.
Graph lift(const Graph& graph);

StageValue run_lift(const StageValue& program, const PassOptions& options);
inline constexpr Pass kLift{
    "lift", "compute for all steps of a scan at once what no state is needed for, before and behind its loop",
    "after simplify, which shows what is the same in a scan and in its derivative; before layout, which orders the "
    "sums that are left",
    run_lift};

}  // namespace nnc
