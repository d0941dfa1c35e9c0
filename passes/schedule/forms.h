// The order in which a reduction adds: a function of its node and the tier alone, never of the batch, fusion or rows.
#pragma once

#include "ir/graph/op.h"
#include "ir/graph/target.h"

namespace nnc {

/// Terms that one chain adds at most: longer sums are cut into chunks, which a binary tree combines (chunks.h).
inline constexpr int64_t kLongestReduction = 128, kLongestContraction = 1024;

enum class ReductionForm : uint8_t {
  lanes,  ///< along the last reduced axis in vectors, up to four at a time, then the tree
  chain,  ///< one chain an output, in row-major order
};
ReductionForm reduction_form(const Node& node, const Type& operand);

/// Accumulators beside each other of a reduction in lanes along an axis of this size.
int accumulators_of(const Dim& axis, int lanes);

enum class ContractionForm : uint8_t {
  outer,  ///< one multiply-add chain an output, in rising order of the summed loops
  dot,    ///< along the last summed loop in lanes, one chain a lane, then the tree
};
ContractionForm contraction_form(const Node& node, std::span<const Type> operands);

}  // namespace nnc
