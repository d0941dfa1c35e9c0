// Rounding a number to an element type, the one way that constants, casts and the interpreters share.
#pragma once

#include "ir/scalar/type.h"

namespace nnc {

/// `value` as the nearest value of `element`: floats round to nearest even; to integers it truncates towards zero and
/// saturates, NaN becomes 0; to bool it is `value != 0` (so NaN is true).
double convert(double value, Element element);

/// The low 32 bits as a signed number: what i32 arithmetic that leaves its range gives. `value` must be whole.
double wrap_i32(double value);

}  // namespace nnc
