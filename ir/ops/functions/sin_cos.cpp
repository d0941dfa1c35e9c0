// sin and cos: the angle is reduced to quarter turns and a rest, whose sine and cosine are polynomials.
// f64: angle.h. f32, computed in f64: the fraction of |x| · 2/π comes from four pieces of 2/π chosen by the size of x
// (Payne and Hanek). Coefficients: Chebyshev interpolation over r² ≤ (π/4)² in 80 digits; error below 1e-23.
#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "ir/ops/functions/angle.h"
#include "ir/ops/functions/records.h"
#include "ir/ops/rules.h"

namespace nnc::math {

namespace {

constexpr std::array kSine{-0.16666666666666666667,    0.0083333333333333333322,  -0.00019841269841269837532,
                           2.7557319223981051853e-6,   -2.5052108382365570457e-8, 1.60590427747468056e-10,
                           -7.6469605432428737056e-13, 2.7912039383341821487e-15};
constexpr std::array kCosine{0.041666666666666666667,   -0.0013888888888888888888, 0.000024801587301587299717,
                             -2.7557319223983469998e-7, 2.0876756986329253791e-9,  -1.1470745066442371429e-11,
                             4.7793756952319195193e-14, -1.5517908232560029665e-16};
/// For a result in f32 fewer terms are enough: error 3e-11 and 3e-12.
constexpr std::array kShortSine{-0.16666666663832764478, 0.0083333318659594140425, -0.00019840082012765536548,
                                2.7249314054698804816e-6};
constexpr std::array kShortCosine{0.04166666666430240589, -0.001388888766471361966, 0.000024800596435621996803,
                                  -2.7300448619488354941e-7};

/// The bits of 2/π, 29 a piece: their products with a float are exact in f64.
constexpr std::array kPieces{0x1.45f306dp-1,  0x1.9391054p-30,  0x1.4fe13abp-59,
                             0x1.d1f534dp-88, 0x1.b81b6c5p-117, 0x1.5993c4p-148};
/// What is left of 2/π after 3, 4, 5 and 6 pieces.
constexpr std::array kRests{0x1.d1f534ddc0db6p-88, 0x1.b81b6c52b3279p-117, 0x1.5993c439041fep-148,
                            0x1.c820ff28b1d5fp-175};
/// From these sizes on the product with the 1, 2, 3 highest pieces is whole turns, and left out.
constexpr std::array kWholeTurns{0x1p54, 0x1p83, 0x1p112};

struct Quarter {
  Term n;    ///< quarter turns
  Term sin;  ///< of the rest of the angle, in [−π/4, π/4]
  Term cos;
};

Quarter quarter_of(const Angle& angle) {
  const Pair& r = angle.rest;
  Term z = r.high * r.high;
  Term half = z * 0.5;
  Term cube = z * r.high;
  Term low = multiply_add(z * -0.5, r.low, r.low);  // cos r × low
  Term main = 1 - half;
  Term lost = (1 - main) - half;
  return {angle.quarters, r.high + multiply_add(polynomial(z, kSine), cube, low),
          main + (lost + (z * z * polynomial(z, kCosine) - r.high * r.low))};
}

/// `size` ≥ 0 is a float as f64.
Quarter quarter_of_single(Term size) {
  std::array<Term, 3> small;
  for (size_t i = 0; i < small.size(); ++i) small[i] = size < kWholeTurns[i];
  auto choose = [&](std::span<const double> bits) {
    Term chosen = size.builder->constant(bits[3]);
    for (size_t i = small.size(); i-- > 0;) chosen = select(small[i], bits[i], chosen);
    return chosen;
  };
  std::span<const double> pieces = kPieces;
  Term first = without_turns(size * choose(pieces.subspan(0, 4)));
  Term second = without_turns(size * choose(pieces.subspan(1, 4)));
  Pair sum = exact_sum(first, second);
  Pair more = exact_sum(sum.high, size * choose(pieces.subspan(2, 4)));
  Term n = floor_of(more.high + 0.5);
  Term rest = (more.high - n) + (sum.low + more.low + size * choose(kRests));
  Term r = rest * (std::numbers::pi / 2);
  Term z = r * r;
  return {n, multiply_add(polynomial(z, kShortSine), z * r, r),
          multiply_add(polynomial(z, kShortCosine), z * z, 1 - z * 0.5)};
}

/// Of the angle and `ahead` quarter turns: 0 sine, 1 cosine.
Term sine_of(const Quarter& angle, int ahead) {
  Term count = ahead == 0 ? angle.n : angle.n + ahead;
  Term halves = floor_of(count * 0.5);
  Term odd = inverse(equals(count, halves + halves));
  Term negative = inverse(equals(halves, floor_of(halves * 0.5) * 2.0));
  Term result = select(odd, angle.cos, angle.sin);
  return select(negative, -result, result);
}

/// As quarter_of_single: infinities and NaN become NaN by the arithmetic.
Term single_at(Term x, int ahead) {
  MathBuilder& b = *x.builder;
  Term wide = b.cast(x, Element::f64);
  b.set_element(Element::f64);
  Term result = sine_of(quarter_of_single(absolute(wide)), ahead);
  if (ahead == 0) result = select(wide < 0.0, -result, result);
  result = b.cast(result, Element::f32);
  b.set_element(Element::f32);
  return result;
}

Term at(Term x, int ahead) {
  return x.builder->single() ? single_at(x, ahead) : sine_of(quarter_of(angle_of(x)), ahead);
}

Term sin(Term x) { return select(equals(x, 0.0), x, at(x, 0)); }  // keeps −0
Term cos(Term x) { return at(x, 1); }

}  // namespace

}  // namespace nnc::math

namespace nnc {

MathRecord sin_record() {
  return {.scalar = Scalar::sin,
          .function = {.polynomial = [](Terms x) { return math::sin(x[0]); },
                       .value = [](Numbers x) { return std::sin(x[0]); },
                       .slopes = [](Numbers x, double) -> Slopes { return {std::cos(x[0])}; }},
          .op = {.name = "sin",
                 .summary = "sine of an angle in radians",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::sin>,
                 .vjp = [](const Vjp& v) -> Gradients { return {v.dout * unary("cos", v.in[0])}; },
                 .slope = Slope::bounded,
                 .derivative = "da = dout · cos(a)",
                 .in_words = "times the cosine of its input"}};
}

MathRecord cos_record() {
  return {.scalar = Scalar::cos,
          .function = {.polynomial = [](Terms x) { return math::cos(x[0]); },
                       .value = [](Numbers x) { return std::cos(x[0]); },
                       .slopes = [](Numbers x, double) -> Slopes { return {-std::sin(x[0])}; }},
          .op = {.name = "cos",
                 .summary = "cosine of an angle in radians",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::cos>,
                 .vjp = [](const Vjp& v) -> Gradients { return {-(v.dout * unary("sin", v.in[0]))}; },
                 .slope = Slope::bounded,
                 .derivative = "da = −dout · sin(a)",
                 .in_words = "times minus the sine of its input"}};
}

}  // namespace nnc
