// layout: settles what decides the order of every sum, and the order in which variables lie in memory.
#pragma once

#include "ir/graph.h"
#include "passes/pass.h"

namespace nnc {

/// The same graph with attribute `form` on every reduction ("lanes": along the last reduced axis in vectors, then a
/// tree; "chain": one chain an output) and contraction ("outer": one multiply-add chain an output in rising order of
/// the summed loops; "dot": along the last summed loop in lanes, then the tree). A form is a function of the node and
/// the tier, never of the batch, so both kernel sets and every fusion give the same bits.
Graph layout(const Graph& graph, const Target& target);

StageValue run_layout(const StageValue& program, const PassOptions& options);
inline constexpr Pass kLayout{
    "layout", "choose the form of every reduction",
    "after simplify, which may still move axes; before fuse, so that no fusion can change an order of summation",
    run_layout};

}  // namespace nnc
