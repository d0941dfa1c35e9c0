// How a reshaped tensor's indices follow from its own: row-major order is kept.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph/index.h"
#include "ir/scalar/type.h"

namespace nnc {

/// Whether the axis of run-time size has as many elements before it in both shapes, of equal products. Otherwise a
/// place in one follows from a place in the other only by dividing by that size, and rows mix: [4, B] → [B, 4].
bool reshape_keeps_rows(const Shape& operand, const Shape& result);

/// The operand's index for each element of the result, one expression per operand axis over the result's axes. Axes are
/// matched in groups of equal size, so that [B, 28, 28] → [B, 784] leaves B alone. Nothing when the tensors are empty.
/// The shapes must keep their rows apart (InternalError otherwise).
std::optional<std::vector<IndexExpr>> reshape_index(const Shape& operand, const Shape& result);

}  // namespace nnc
