// The common norm of all gradients, kept to a bound: `clip = norm(c)`.
#pragma once

#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// At least one gradient, of f32 and f64: all times limit / norm where the root of the sum of all their squares is
/// above `limit`, a scalar of f64; else as they are. Squares are made where none overflows or vanishes, so that the
/// result is right for all finite gradients, also where their norm is beyond their element. Where one is not finite,
/// NaNs come out.
std::vector<Value> kept_to_norm(std::vector<Value> gradients, Value limit);

}  // namespace nnc
