#include "ir/ops/functions/in_doubles.h"

namespace nnc::math {

Term in_doubles(Term a, Term b, const std::function<Term(Term, Term)>& function) {
  MathBuilder& builder = *a.builder;
  if (!builder.single()) return function(a, b);
  // A denormal f32 is 0 for the comparisons here, but a cast might not flush it.
  auto wide = [&](Term x) { return builder.cast(select(equals(x, 0.0), x * 0.0, x), Element::f64); };
  Term wide_a = wide(a), wide_b = wide(b);
  builder.set_element(Element::f64);
  Term result = builder.cast(function(wide_a, wide_b), Element::f32);
  builder.set_element(Element::f32);
  return result;
}

}  // namespace nnc::math
