// What exp shares with the functions made of it.
#pragma once

#include "ir/scalar/math_builder.h"

namespace nnc::math {

/// x − n ln 2 as a pair, |…| ≤ ln 2 / 2, and n.
struct Reduced {
  Pair rest;
  Whole power;
};
Reduced reduce_by_log2(Term x);
/// (e^r − 1 − r) / r² on the reduced range.
Term exp_tail(Term r);
/// e^x without regard to overflow, underflow and NaN.
Term exp_in_range(Term x, Term low);
Term exp_in_range(Term x);

}  // namespace nnc::math
