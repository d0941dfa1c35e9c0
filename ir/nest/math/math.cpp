#include "ir/nest/math.h"

#include "ir/nest/math/math_builder.h"
#include "support/error.h"

namespace nnc {

MathProgram math_program(Scalar function, Element element, bool fma) {
  NNC_ASSERT(element == Element::f32 || element == Element::f64, "math functions are those of f32 and f64");
  math::MathBuilder builder(element, fma);
  math::Term x = builder.operand(0);
  switch (function) {
    case Scalar::exp: return builder.finish(math::exp(x));
    case Scalar::log: return builder.finish(math::log(x));
    case Scalar::log1p: return builder.finish(math::log1p(x));
    case Scalar::expm1: return builder.finish(math::expm1(x));
    case Scalar::tanh: return builder.finish(math::tanh(x));
    case Scalar::sigmoid: return builder.finish(math::sigmoid(x));
    case Scalar::sin: return builder.finish(math::sin(x));
    case Scalar::cos: return builder.finish(math::cos(x));
    case Scalar::erf: return builder.finish(math::erf(x));
    case Scalar::power: return builder.finish(math::power(x, builder.operand(1)));
    default: internal_error("this is no math function");
  }
}

}  // namespace nnc
