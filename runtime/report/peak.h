// The machine's arithmetic peak and the bandwidth of its caches, measured here and now: what every figure of speed is a
// share of. Speeds drift by some percent with the clock, so calibrate beside each measurement, never once.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph/target.h"
#include "ir/scalar/type.h"

namespace nnc {

/// FLOPs a second (a fused multiply-add counts two) of one thread that does nothing but independent multiply-adds on
/// full vectors in registers; on a tier without FMA, alternating multiplications and additions. The best of several
/// runs of about `milliseconds` in all. 0 for a tier that this machine does not run. Element f32 or f64.
double flops_peak(Tier tier, Element element = Element::f32, double milliseconds = 20);

/// A place that data comes from: "L1", "L2", "L3", and at last "memory", which holds everything.
struct MemoryLevel {
  std::string name;
  int64_t bytes = 0;
};
std::vector<MemoryLevel> memory_levels();

/// Bytes a second of one thread that does nothing but y += s · x over arrays that lie in this level of memory_levels():
/// two reads and a write an element. The best of several passes. 0 for a tier that this machine does not run.
double stream_bandwidth(Tier tier, size_t level, double milliseconds = 20);

}  // namespace nnc
