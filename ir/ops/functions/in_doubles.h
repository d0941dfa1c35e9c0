// Functions of two numbers that are computed in f64 where the kernel is in f32.
#pragma once

#include <functional>

#include "ir/scalar/math_builder.h"

namespace nnc::math {

/// function(a, b) in f64, rounded to the element of `a` and `b`.
Term in_doubles(Term a, Term b, const std::function<Term(Term, Term)>& function);

}  // namespace nnc::math
