// Shapes of the same elements, for random graphs.
#pragma once

#include <random>

#include "ir/scalar/type.h"

namespace nnc {

/// The same elements in the same order along other axes: two neighbours made one, one split in two (also the rows of a
/// batch from what they were merged with), one of one element put in or taken out. The same shape where chance asks for
/// what can't be. Rows stay whole: only an axis behind them is merged with them.
Shape regrouped(const Shape& shape, std::mt19937_64& generator);

}  // namespace nnc
