// x^y = e^(y log|x|) with the sign of IEEE's pow. f32 computes in f64. f64 keeps log|x| as a pair with about 65 bits:
// with s = (m − 1) / (m + 1), log m = 2s + 2/3 s³ + s⁵ R(s²), the first two terms and s itself as pairs, because an
// error of log|x| comes back up to 709 times. R: Chebyshev interpolation over s² ≤ 0.0295 in 80 digits, error 9e-23.
#include <array>
#include <cmath>
#include <limits>

#include "ir/ops/functions/exp.h"
#include "ir/ops/functions/in_doubles.h"
#include "ir/ops/functions/records.h"
#include "ir/ops/rules.h"

namespace nnc::math {

namespace {

constexpr std::array kRest{0.4,
                           0.28571428571428571487,
                           0.22222222222222156571,
                           0.18181818181846662813,
                           0.15384615378345788644,
                           0.13333334125204881688,
                           0.11764645091999985445,
                           0.10529196317792427205,
                           0.094417615262491965949,
                           0.099725810999655944415};
constexpr double kTwoThirds = 0x1.5555555555555p-1, kTwoThirdsLow = 3.700743415417188468079e-17;
constexpr double kLog2High = 0.693147180559890330187045, kLog2Low = 5.497923018708371174712472e-14;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// log of a positive, finite, normal f64.
Pair accurate_log(Term x) {
  MathBuilder& b = *x.builder;
  Term k = b.apply(Scalar::exponent, {x}), m = b.apply(Scalar::mantissa, {x});
  Term large = m > 1.41421356237309504880;
  k = select(large, k + 1, k);
  m = select(large, m * 0.5, m);
  Term f = m - 1;
  Term below = m + 1, below_low = m - (below - 1);
  Term s = f / below;
  Pair back = exact_product(s, below);
  Term s_low = (((f - back.high) - back.low) - s * below_low) / below;
  Pair square = exact_product(s, s);
  Term square_low = multiply_add(s * 2.0, s_low, square.low);
  Pair cube = exact_product(s, square.high);
  Term cube_low = cube.low + multiply_add(s, square_low, s_low * square.high);
  Pair third = exact_product(cube.high, b.constant(kTwoThirds));
  Term third_low = third.low + multiply_add(cube_low, kTwoThirds, cube.high * kTwoThirdsLow);
  Term rest = cube.high * square.high * polynomial(square.high, kRest);
  Pair whole = exact_sum(k * kLog2High, s + s);
  Pair more = exact_sum(whole.high, third.high);
  Term low = whole.low + more.low + (s_low + s_low) + third_low + rest + k * kLog2Low;
  return ordered_sum(more.high, low);
}

/// e^(high + low), 0 and inf beyond the range.
Term exp_of(const Pair& x) {
  Term result = exp_in_range(x.high, x.low);
  result = select(x.high <= 709.782712893384, result, x.high + kInfinity);
  return select(x.high < -708.3964185322641, 0.0, result);
}

Pair product_with(Term y, const Pair& log) {
  Pair product = exact_product(y, log.high);
  // Where the product overflows its error is NaN; exp_of looks at the high part alone then.
  return ordered_sum(product.high, multiply_add(y, log.low, product.low));
}

/// The sign and the special values of pow around |x|^y.
Term with_specials(Term size, Term x, Term y) {
  Term half = y * 0.5;
  Term whole = equals(floor_of(y), y);  // infinities count as even
  Term odd = both(whole, inverse(equals(floor_of(half), half)));
  Term negative = either(x < 0.0, 1 / x < 0.0);
  Term result = select(both(negative, odd), -size, size);
  Term root_of_negative = both(both(x<0.0, x> - kInfinity), inverse(whole));
  result = select(root_of_negative, kNaN, result);
  result = select(equals(x, x), result, x);
  result = select(equals(y, y), result, y);
  return select(either(equals(x, 1.0), equals(y, 0.0)), 1.0, result);
}

Term power_of_doubles(Term x, Term y) {
  Term size = absolute(x);
  Pair log = accurate_log(size);
  Term zero = equals(size, 0.0);
  Term special = either(zero, equals(size, kInfinity));
  Term extreme = select(zero, -kInfinity, x * x);
  log = {select(special, extreme, log.high), select(special, 0.0, log.low)};
  // A product that is infinite (or NaN: 0 × inf) is its own exponent.
  Term plain = y * log.high;
  Pair product = product_with(y, log);
  Term tame = absolute(plain) < 1000.0;
  Pair exponent{select(tame, product.high, plain), select(tame, product.low, 0.0)};
  Term result = exp_of(exponent);
  // (±1)^±inf: log 1 = 0, and 0 × inf is NaN.
  return select(equals(size, 1.0), 1.0, result);
}

Term power(Term x, Term y) {
  return in_doubles(x, y, [](Term a, Term b) { return with_specials(power_of_doubles(a, b), a, b); });
}

}  // namespace

}  // namespace nnc::math

namespace nnc {

namespace {

/// d/da a^b = b·a^(b−1), and 0 where b = 0 (1 everywhere). d/db a^b = a^b·log a, and 0 where a = 0 and b ≥ 0.
Gradients vjp_power(const Vjp& v) {
  Value a = v.in[0], b = v.in[1], zero = zeros_like(v.dout);
  Value by_base = select(binary("equal", b, zero), zero, v.dout * (b * binary("power", a, b - 1.0)));
  Value flat = binary("logical_and", binary("equal", a, zero), binary("greater_equal", b, zero));
  Value by_exponent = select(flat, zero, v.dout * (v.out * unary("log", a)));
  return {by_base, by_exponent};
}

Slopes slopes_of_power(Numbers x, double y) {
  const bool flat = x[0] == 0 && x[1] >= 0;
  return {x[1] == 0 ? 0 : x[1] * std::pow(x[0], x[1] - 1), flat ? 0 : y * std::log(x[0])};
}

}  // namespace

MathRecord power_record() {
  return {
      .scalar = Scalar::power,
      .function = {.polynomial = [](Terms x) { return math::power(x[0], x[1]); },
                   .value = [](Numbers x) { return std::pow(x[0], x[1]); },
                   .slopes = slopes_of_power},
      .op = {.name = "power",
             .summary = "a to the power of b; a constant whole b up to 8 becomes products; power(a, 0) = 1",
             .arity = 2,
             .infer = same_float,
             .scalar = one_scalar<Scalar::power>,
             .vjp = vjp_power,
             .pole = true,
             .derivative = "da = dout · b · a^(b−1), 0 where b = 0; db = dout · out · log(a), 0 where a = 0 and b ≥ 0",
             .in_words = "times b·a^(b-1): for x² times 2x, for √x times 1/(2√x)",
             .notation = "a^b",
             .check = {.domain = Domain::positive}}};
}

}  // namespace nnc
