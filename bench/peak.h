// The machine's arithmetic peak, measured here and now: what every figure of speed is a share of. Speeds drift by some
// percent with the clock, so calibrate beside each measurement, never once.
#pragma once

#include "ir/nest/target.h"
#include "ir/scalar/type.h"

namespace nnc::bench {

/// FLOPs a second (a fused multiply-add counts two) of one thread that does nothing but independent multiply-adds on
/// full vectors in registers; on a tier without FMA, alternating multiplications and additions. The best of several
/// runs of about `milliseconds` in all. 0 for a tier that this machine does not run. Element f32 or f64.
double flops_peak(Tier tier, Element element = Element::f32, double milliseconds = 20);

}  // namespace nnc::bench
