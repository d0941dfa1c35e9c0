// log x = k ln 2 + log m with m in [√½, √2), f = m − 1, s = f / (2 + f): log m = f − (f²/2 − s (f²/2 + R)), where
// R(s²) = (log((1+s)/(1−s)) − 2s) / s, after W. Kahan's scheme as fdlibm has it. log1p adds what 1 + x lost to
// rounding. Coefficients: Chebyshev interpolation of R(z) / z over z = s² ≤ 0.0295 in 80 digits; error 1e-9 (f32),
// 2e-18 (f64).
#include <array>
#include <cmath>
#include <limits>

#include "ir/ops/functions/records.h"
#include "ir/ops/rules.h"
#include "ir/scalar/math_builder.h"

namespace nnc::math {

namespace {
constexpr std::array kSingle{0.6666666655404201243, 0.40000122211810649396, 0.28550778633191965439,
                             0.23331614471843499108};
constexpr std::array kDouble{0.66666666666666666463, 0.40000000000000883236, 0.28571428570799785031,
                             0.22222222392581045097, 0.18181795547521136235, 0.15386244737621666605,
                             0.13268638369266823894, 0.13088034850927553675};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

struct Split {
  Term exponent, mantissa;  ///< x = 2^exponent × mantissa, the mantissa in [√½, √2)
};

Split split(Term x) {
  MathBuilder& b = *x.builder;
  Term exponent = b.apply(Scalar::exponent, {x}), mantissa = b.apply(Scalar::mantissa, {x});
  Term large = mantissa > 1.41421356237309504880;
  return {select(large, exponent + 1, exponent), select(large, mantissa * 0.5, mantissa)};
}

/// k ln 2 + log(1 + f) + correction.
Term log_of(Term k, Term f, const Term* correction) {
  bool single = f.builder->single();
  double high = single ? 0.693359375 : 0.6931471803691238164901733;
  double low = single ? -2.121944400546905827679e-4 : 1.908214929270587816144266e-10;
  Term s = f / (f + 2);
  Term z = s * s;
  Term rest = z * (single ? polynomial(z, kSingle) : polynomial(z, kDouble));
  Term half_square = f * f * 0.5;
  Term small = k * low;
  if (correction != nullptr) small = small + *correction;
  Term tail = multiply_add(s, half_square + rest, small);
  return multiply_add(k, high, f - (half_square - tail));
}

/// log of 0 is −inf, of a negative number or NaN NaN, of inf inf; `zero` where x counts as zero.
Term with_specials(Term result, Term x, double zero) {
  result = select(x < kInfinity, result, x);  // inf and NaN
  result = select(x <= zero, -kInfinity, result);
  return select(x < zero, kNaN, result);
}

Term log(Term x) {
  Split parts = split(x);
  return with_specials(log_of(parts.exponent, parts.mantissa - 1, nullptr), x, 0);
}

// Where 1 + x lies in [√½, √2) f is x itself, without rounding.
Term log1p(Term x) {
  Term sum = x + 1;
  Split parts = split(sum);
  Term lost = select(x > 1.0, 1 - (sum - x), x - (sum - 1)) / sum;
  Term whole = equals(parts.exponent, 0.0);
  Term f = select(whole, x, parts.mantissa - 1);
  Term correction = select(whole, 0.0, lost);
  Term result = with_specials(log_of(parts.exponent, f, &correction), x, -1);
  return select(equals(x, 0.0), x, result);  // keeps −0
}

}  // namespace

}  // namespace nnc::math

namespace nnc {

MathRecord log_record() {
  return {.scalar = Scalar::log,
          .function = {.polynomial = [](Terms x) { return math::log(x[0]); },
                       .value = [](Numbers x) { return std::log(x[0]); },
                       .slopes = [](Numbers x, double) -> Slopes { return {1 / x[0]}; }},
          .op = {.name = "log",
                 .summary = "natural logarithm; −inf at 0, NaN below",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::log>,
                 .vjp = [](const Vjp& v) -> Gradients { return {v.dout / v.in[0]}; },
                 .pole = true,
                 .derivative = "da = dout ÷ a",
                 .in_words = "times 1/x",
                 .check = {.domain = Domain::positive}}};
}

MathRecord log1p_record() {
  return {.scalar = Scalar::log1p,
          .function = {.polynomial = [](Terms x) { return math::log1p(x[0]); },
                       .value = [](Numbers x) { return std::log1p(x[0]); },
                       .slopes = [](Numbers x, double) -> Slopes { return {1 / (1 + x[0])}; }},
          .op = {.name = "log1p",
                 .summary = "log(1 + a), exact near 0; −inf at −1, NaN below",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::log1p>,
                 .vjp = [](const Vjp& v) -> Gradients { return {v.dout / (v.in[0] + 1.0)}; },
                 .pole = true,
                 .derivative = "da = dout ÷ (1 + a)",
                 .in_words = "times 1/(1 + x)",
                 .check = {.domain = Domain::above_minus_one}}};
}

}  // namespace nnc
