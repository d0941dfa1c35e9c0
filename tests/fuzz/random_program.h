// Seeded random programs of the language that are right: what machine code and interpreter must agree on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace nnc {

struct RandomProgramOptions {
  /// Some of the choices have a side that is never taken and overflows; without, that side is 0 instead.
  bool overflow = true;
  /// The loss is multiplied by 2 to this power, and its gradient is clipped by its norm to a step of a fixed length:
  /// the weights after it are the same for every exponent, but for rounding.
  std::optional<int> exponent = {};
  /// Half of the steps are index forms and layers written in it: windows, diagonals, turned and shifted axes.
  bool indexed = false;
};

/// A whole file: a table of a few rows, a model of 2 to 10 steps over it (layers, functions, axes that are split,
/// merged, moved, cut, joined and summed, many of one element), a loss, an optimizer, and for some a clip of the
/// gradients. The same seed gives the same text.
std::string random_program(uint64_t seed, const RandomProgramOptions& options = {});

}  // namespace nnc
