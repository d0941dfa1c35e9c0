// tanh x = x + x³ P(x²) for |x| < 1 (f32) or 0.8 (f64), else ±(1 − 2 / (e^2|x| + 1)); sigmoid x = 1 / (1 + e^−x).
// P: Chebyshev interpolation of (tanh √z / √z − 1) / z over that range in 80 digits; error 2e-9 (f32), 3e-18 (f64).
#include <array>
#include <cmath>
#include <limits>

#include "ir/ops/functions/exp.h"
#include "ir/ops/functions/records.h"
#include "ir/ops/rules.h"

namespace nnc::math {

namespace {
constexpr std::array kSingle{-0.33333333156722313937,    0.13333310655545100574,    -0.053963414754438835794,
                             0.021829548843059369963,    -0.0086978475928148779815, 0.0032068033868465648855,
                             -0.00092350084634817608789, 0.00014279318799621564838};
constexpr std::array kDouble{-0.33333333333333333043,   0.13333333333333155508,      -0.053968253968072762909,
                             0.021869488528862377259,   -0.0088632353762740764605,   0.0035921260909037336895,
                             -0.0014558183493366922895, 0.00058993715448497751544,   -0.00023877177686581662941,
                             0.00009590580074661437999, -0.000037233517599864339807, 0.000012965969286746462216,
                             -3.4510651521734754653e-6, 4.9674188986122992454e-7};

Term tanh(Term x) {
  bool single = x.builder->single();
  double saturated = single ? 9.1 : 19.1;  // from here on the result rounds to ±1
  Term size = absolute(x);
  Term z = x * x;
  Term near = x * multiply_add(z, single ? polynomial(z, kSingle) : polynomial(z, kDouble), 1);  // keeps −0
  Term bounded = select(size > saturated, saturated, size);
  Term e = exp_in_range(bounded + bounded);
  Term far = 1 - 2 / (e + 1);
  far = select(x < 0.0, -far, far);
  return select(size >= (single ? 1.0 : 0.8), far, near);  // NaN takes the polynomial
}

// e^−x as (1 + w) 2^n would lose a bit in the sum; the pair keeps it. Where e^−x overflows the result is 0.
Term sigmoid(Term x) {
  bool single = x.builder->single();
  double bound = single ? 87.336540222167969 : 708.3964185322641;  // beyond, e^−|x| is denormal
  Term size = absolute(x);
  Term bounded = select(size > bound, bound, size);
  Reduced reduced = reduce_by_log2(-bounded);
  Term r = reduced.rest.high;
  Term tail = multiply_add(exp_tail(r), r * r, reduced.rest.low);
  Pair inner = ordered_sum(x.builder->constant(1), r);
  Pair sum = ordered_sum(inner.high, inner.low + tail);
  Term e = scale(sum.high, reduced.power);  // e^−|x| = e + e_low
  Term power = scale(x.builder->constant(1), reduced.power);
  Term e_low = sum.low * power;
  Pair below = ordered_sum(x.builder->constant(1), e);
  Term low = below.low + e_low;
  // (1 or e) / below, corrected once by the divisor's lost bits.
  Term above = select(x < 0.0, e, 1.0);
  Term quotient = above / below.high;
  Term left = select(x < 0.0, e_low, 0.0);
  Term result = multiply_add((left - quotient * low), 1 / below.high, quotient);
  result = select(x < -bound, 0.0, result);
  return select(equals(x, x), result, x);
}

}  // namespace

}  // namespace nnc::math

namespace nnc {

namespace {
double sigmoid_of(double x) {
  if (x >= 0) return 1 / (1 + std::exp(-x));
  double e = std::exp(x);
  return e / (1 + e);
}
}  // namespace

MathRecord tanh_record() {
  return {.scalar = Scalar::tanh,
          .function = {.polynomial = [](Terms x) { return math::tanh(x[0]); },
                       .value = [](Numbers x) { return std::tanh(x[0]); },
                       .slopes = [](Numbers, double y) -> Slopes { return {1 - y * y}; }},
          .op = {.name = "tanh",
                 .summary = "hyperbolic tangent",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::tanh>,
                 .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (1.0 - v.out * v.out)}; },
                 .slope = Slope::bounded,
                 .derivative = "da = dout · (1 − out²)",
                 .in_words = "times 1 - y², y its own value"}};
}

MathRecord sigmoid_record() {
  return {.scalar = Scalar::sigmoid,
          .function = {.polynomial = [](Terms x) { return math::sigmoid(x[0]); },
                       .value = [](Numbers x) { return sigmoid_of(x[0]); },
                       .slopes = [](Numbers x, double y) -> Slopes { return {y * sigmoid_of(-x[0])}; }},
          .op = {.name = "sigmoid",
                 .summary = "1 ÷ (1 + exp(−a)), without overflow",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::sigmoid>,
                 .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (v.out * (1.0 - v.out))}; },
                 .probability = true,
                 .slope = Slope::bounded,
                 .derivative = "da = dout · out · (1 − out)",
                 .in_words = "times y·(1 - y), y its own value: at most a quarter"}};
}

}  // namespace nnc
