// A contraction written by hand as the passes write it: outer-product tiles of `rows` × `vectors` accumulators, equal
// bodies down m, a masked body at the end of n. Tests read its code, bench/ measures what the emitter can reach.
#pragma once

#include "ir/nest/nest_builder.h"

namespace nnc::testing {

struct ContractionShape {
  int64_t m = 1, n = 1, k = 1;
};
struct ContractionTile {
  int rows = 6;     ///< of c at once
  int vectors = 2;  ///< across n
  int unroll = 1;   ///< of the loop over k
};

/// c[m, n] = Σ a[m, k] · b[k, n], f32, row-major, one chain of multiply-adds per element in rising k.
Kernel contraction_kernel(const Target& target, ContractionShape shape, ContractionTile tile);

}  // namespace nnc::testing
