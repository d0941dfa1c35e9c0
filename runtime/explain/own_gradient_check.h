// Gradients that functions say themselves (`grad(dy) { … }`), beside the derivative that the compiler finds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/explain/calculation.h"

namespace nnc {

/// A line for each gradient of the program's own that is not the derivative of its value at the numbers of the
/// calculation. Where an operation cuts the value's path to an argument (floor, sign, a comparison, stop_gradient)
/// there is nothing to compare with: what is said stands for it.
std::vector<std::string> wrong_own_gradients(const Calculation& calculation, const Backpropagation& values,
                                             uint64_t seed);

}  // namespace nnc
