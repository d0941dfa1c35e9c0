// Seeded random programs of the language that are right: what machine code and interpreter must agree on.
#pragma once

#include <cstdint>
#include <string>

namespace nnc {

/// A whole file: a table of a few rows, a model of 2 to 10 steps over it (layers, functions, axes that are split,
/// merged, moved, cut, joined and summed, many of one element), a loss, an optimizer, and for some a clip of the
/// gradients. The same seed gives the same text. Some of its choices have a side that is never taken and overflows;
/// without `overflow` that side is 0 instead.
std::string random_program(uint64_t seed, bool overflow = true);

}  // namespace nnc
