// layout: settles what decides the order of every sum, which of equal values lie in memory, and their axes' order.
#pragma once

#include <span>
#include <string>

#include "ir/graph/graph.h"
#include "passes/pass.h"

namespace nnc {

/// Of one concat; one of more becomes a tree. No kernel chooses among more for an element that it moves.
inline constexpr size_t kMostParts = 16;

/// The same graph with attribute `form` on every reduction ("lanes": along the last reduced axis in vectors, then a
/// tree; "chain": one chain an output) and contraction ("outer": one multiply-add chain an output in rising order of
/// the summed loops; "dot": along the last summed loop in lanes, then the tree). Long sums take their form in chunks,
/// which shapes and tier decide as well (vectorize/chunks.h). A form is a function of the node alone, never of
/// the batch, so both kernel sets and every fusion give the same bits. A relu's slope asks the relu's result, where
/// that is stored, instead of a mask of its own (layout_masks.h). Around convolutions the rows of a batch come last
/// (layout_rows.h).
Graph layout(const Graph& graph);

/// The form of a reduction or contraction over operands of these types.
std::string form_of(const Node& node, std::span<const Type> operands);

StageValue run_layout(const StageValue& program, const PassOptions& options);
inline constexpr Pass kLayout{
    "layout", "put the rows last around convolutions, choose the form of every reduction, ask a relu for its slope",
    "after simplify, which may still move axes; before fuse, so that no fusion can change an order of summation",
    run_layout};

}  // namespace nnc
