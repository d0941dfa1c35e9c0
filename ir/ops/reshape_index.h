// How a reshaped tensor's indices follow from its own: row-major order is kept.
#pragma once

#include <optional>
#include <vector>

#include "ir/index.h"
#include "ir/type.h"

namespace nnc {

/// The operand's index for each element of the result, one expression per operand axis over the result's axes. Axes are
/// matched in groups of equal size, so that [B, 28, 28] → [B, 784] leaves B alone. Nothing when the tensors are empty.
/// A size known only at run time must come first in its group on both sides (InternalError otherwise).
std::optional<std::vector<IndexExpr>> reshape_index(const Shape& operand, const Shape& result);

}  // namespace nnc
