// atan2(y, x) from t = min / max of |y| and |x| in [0, 1]: atan t = t + t z P(z) with z = t², then π/2 or π less or
// plus that by octant, each constant as a pair, and the sign of y. f32 computes in f64. P: Chebyshev interpolation of
// (atan √z / √z − 1) / z over 0 ≤ z ≤ 1 in 80 digits; error of atan t 3e-10 (f32) and 9e-20 (f64).
#include <cmath>
#include <limits>

#include "ir/ops/functions/in_doubles.h"
#include "ir/ops/functions/records.h"
#include "ir/ops/rules.h"

namespace nnc::math {

namespace {

constexpr std::array kShort{-0.33333333293301173534,  0.19999990275947271702,    -0.14285317963907303299,
                            0.11104706788644219062,   -0.090367423420707811977,  0.074174969643005105261,
                            -0.057607160831281173254, 0.03832744598306484366,    -0.019261081322765882695,
                            0.0062072545337800503903, -0.00093629947194960150069};
constexpr std::array kLong{
    -0.3333333333333333332,     0.19999999999999985468,     -0.14285714285711716661,   0.11111111110929806408,
    -0.090909090840935051228,   0.076923075343699855156,    -0.066666642034786070764,  0.058823255392006898755,
    -0.052629313805217793079,   0.047604710493954618277,    -0.043407182638729705092,  0.039719081069244520499,
    -0.036139320776507192567,   0.032135441333078264883,    -0.027181553330815640043,  0.021121594179966983837,
    -0.01450307956473273256,    0.0084498924039703698474,   -0.0040002096799068220349, 0.0014617449054205384162,
    -0.00038394037972999469374, 0.000064175249658665642807, -5.1088410388226668219e-6};
/// π as a pair; its half is both halved.
constexpr double kPi = 0x1.921fb54442d18p1, kPiLow = 0x1.1a62633145c07p-53;

/// Of −0 too.
Term is_negative(Term x) { return either(x < 0.0, both(equals(x, 0.0), 1 / x < 0.0)); }

/// In f64.
Term angle_of_point(Term y, Term x, std::span<const double> coefficients) {
  MathBuilder& b = *x.builder;
  Term up = absolute(y), across = absolute(x);
  Term steep = b.apply(Scalar::less, {across, up}), back = is_negative(x);
  Term low = select(steep, across, up), high = select(steep, up, across);
  Term t = select(equals(low, high), 1.0, low / high);  // two infinities
  t = select(equals(high, 0.0), 0.0, t);                // two zeros
  Term z = t * t;
  Term angle = multiply_add(t * z, polynomial(z, coefficients), t);
  // 0 + angle, π/2 − angle, π/2 + angle, π − angle
  Term turned = select(
      b.apply(Scalar::not_equal, {select(steep, 1.0, b.constant(0)), select(back, 1.0, b.constant(0))}), -angle, angle);
  Term base = select(steep, kPi / 2, select(back, kPi, b.constant(0)));
  Term rest = select(steep, kPiLow / 2, select(back, kPiLow, b.constant(0)));
  Term result = base + (turned + rest);
  result = select(is_negative(y), -result, result);
  return select(both(equals(x, x), equals(y, y)), result, x + y);
}

Term atan2(Term y, Term x) {
  std::span<const double> coefficients = x.builder->single() ? std::span<const double>(kShort) : kLong;
  return in_doubles(y, x, [&](Term a, Term b) { return angle_of_point(a, b, coefficients); });
}

}  // namespace

}  // namespace nnc::math

namespace nnc {

namespace {

/// b ÷ (a² + b²) and −a ÷ (a² + b²), with both divided by the larger first, so that no square leaves the range. The
/// quotient is the same whatever they are divided by: no gradient goes that way.
Gradients vjp_atan2(const Vjp& v) {
  Value size = stop_gradient(binary("maximum", unary("absolute", v.in[0]), unary("absolute", v.in[1])));
  Value a = v.in[0] / size, b = v.in[1] / size;
  Value pull = (v.dout / size) / (a * a + b * b);
  return {pull * b, -(pull * a)};
}

Slopes slopes_of_atan2(Numbers x, double) {
  const double size = std::hypot(x[0], x[1]);
  return {x[1] / size / size, -x[0] / size / size};
}

}  // namespace

MathRecord atan2_record() {
  return {.scalar = Scalar::atan2,
          .function = {.polynomial = [](Terms x) { return math::atan2(x[0], x[1]); },
                       .value = [](Numbers x) { return std::atan2(x[0], x[1]); },
                       .slopes = slopes_of_atan2},
          .op = {.name = "atan2",
                 .summary = "angle of the point (b, a) in radians, −π to π: the arc tangent of a ÷ b in the quadrant "
                            "that the signs say, also those of zeros",
                 .arity = 2,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::atan2>,
                 .vjp = vjp_atan2,
                 .pole = true,
                 .derivative = "da = dout · b ÷ (a² + b²), db = −dout · a ÷ (a² + b²)",
                 .in_words = "times b/(a² + b²) to a, times -a/(a² + b²) to b",
                 .check = {.domain = Domain::nonzero}}};
}

}  // namespace nnc
