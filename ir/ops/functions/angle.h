// An angle in f64 as quarter turns and a rest: the first half of sin and cos.
#pragma once

#include "ir/scalar/math_builder.h"

namespace nnc::math {

/// quarters × π/2 + rest, the rest in [−π/4, π/4] or a little beyond: a pair, exact to about 2^-60 of itself for every
/// double. Of an infinity or a NaN the rest is NaN.
struct Angle {
  Term quarters;  ///< a whole number, perhaps short of whole turns
  Pair rest;
};
Angle angle_of(Term x);

/// 0 ≤ p: p modulo 4, exactly.
Term without_turns(Term p);

}  // namespace nnc::math
