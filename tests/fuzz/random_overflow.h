// Expressions that overflow or mean nothing, for the sides of choices that are not taken.
#pragma once

#include <random>

#include "ir/graph/graph.h"

namespace nnc {

/// b, chosen before an expression of `a` (of b's type) that is infinite or NaN for most numbers, or whose slope is: by
/// a condition that always holds, or by the sign of a, where for the other sign the expression is harmless.
Value chosen_over_overflow(Value a, Value b, std::mt19937_64& random);

}  // namespace nnc
