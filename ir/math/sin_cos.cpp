// sin and cos: n = round(x · 2/π), r = x − n π/2 as a pair, in f64 for both types: π/2 lies in five parts of which the
// first four have 23 bits, so that their products with n < 2^30 are exact (Cody and Waite). Beyond |x| = 2^30 the
// result is NaN. Coefficients: Chebyshev interpolation over r² ≤ (π/4)² in 80 digits; error below 1e-23.
#include <array>
#include <limits>

#include "ir/math/math_builder.h"

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
constexpr std::array kHalfPi{1.5707962512969970703125, 7.54978941586159635335207e-8, 5.390302529957764765544681e-15,
                             3.28200316337242327050784e-22, 3.795010772721225565620256e-29};
constexpr double kTwoOverPi = 0.6366197723675813430755;
constexpr double kLimit = 0x1p30;

struct Angle {
  Term n;     ///< quarter turns
  Pair rest;  ///< in [−π/4, π/4]
};

Angle reduce(Term x) {
  Term n = nearest_whole(x, kTwoOverPi).number;
  Term first = (x - n * kHalfPi[0]) - n * kHalfPi[1];  // both differences are exact
  Pair sum = exact_sum(first, n * -kHalfPi[2]);
  Pair more = exact_sum(sum.high, n * -kHalfPi[3] + sum.low);
  return {n, ordered_sum(more.high, more.low + n * -kHalfPi[4])};
}

Term sine(const Pair& r, bool brief) {
  Term z = r.high * r.high;
  Term series = brief ? polynomial(z, kShortSine) : polynomial(z, kSine);
  Term cube = z * r.high;
  Term low = multiply_add(z * -0.5, r.low, r.low);  // cos r × low
  return r.high + multiply_add(series, cube, low);
}

Term cosine(const Pair& r, bool brief) {
  Term z = r.high * r.high;
  Term half = z * 0.5;
  Term main = 1 - half;
  Term lost = (1 - main) - half;
  Term series = brief ? polynomial(z, kShortCosine) : polynomial(z, kCosine);
  return main + (lost + (z * z * series - r.high * r.low));
}

/// Quarter turns counted from `quarter`: 0 sine, 1 cosine, 2 −sine, 3 −cosine.
Term at_quarter(Term x, int quarter) {
  MathBuilder& b = *x.builder;
  bool brief = b.single();
  Term given = x;
  if (brief) {
    x = b.cast(x, Element::f64);
    b.set_element(Element::f64);
  }
  Angle angle = reduce(x);
  Term count = quarter == 0 ? angle.n : angle.n + quarter;
  Term halves = floor_of(count * 0.5);
  Term odd = inverse(equals(count, halves + halves));
  Term negative = inverse(equals(halves, floor_of(halves * 0.5) * 2.0));
  Term result = select(odd, cosine(angle.rest, brief), sine(angle.rest, brief));
  result = select(negative, -result, result);
  result = select(absolute(x) <= kLimit, result, std::numeric_limits<double>::quiet_NaN());
  if (brief) {
    result = b.cast(result, Element::f32);
    b.set_element(Element::f32);
  }
  return quarter == 0 ? select(equals(given, 0.0), given, result) : result;  // keeps −0
}

}  // namespace

Term sin(Term x) { return at_quarter(x, 0); }
Term cos(Term x) { return at_quarter(x, 1); }

}  // namespace nnc::math
