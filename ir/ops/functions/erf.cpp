// erf x = x (2/√π + P(x²)) for |x| < 1, else ±(1 − e^Q(|x| − 1)) with Q(v) = log erfc(1 + v). Coefficients: Chebyshev
// interpolation over x² ≤ 1 and v ≤ 3 (f32) or 5 (f64) in 80 digits.
#include <array>
#include <cmath>
#include <numbers>

#include "ir/ops/functions/exp.h"
#include "ir/ops/functions/records.h"
#include "ir/ops/rules.h"

namespace nnc::math {

namespace {
constexpr double kSlopeRest = 0.1283791670955125739;  // 2/√π − 1
constexpr std::array kNearSingle{kSlopeRest,
                                 -0.37612638468028710398,
                                 0.1128378249523684454,
                                 -0.026865430727670242894,
                                 0.0052210318078580227973,
                                 -0.00084840804055351062944,
                                 0.00011265959025606608973,
                                 -9.6670445714869964152e-6};
constexpr std::array kNearDouble{kSlopeRest,
                                 -0.37612638903183752462,
                                 0.11283791670955125626,
                                 -0.026866170645131218518,
                                 0.0052239776254416740139,
                                 -0.00085483270234030006089,
                                 0.00012055332978879483867,
                                 -0.000014925650236967501742,
                                 1.6462110782018636387e-6,
                                 -1.6365768648832072118e-7,
                                 1.4806027146128751663e-8,
                                 -1.2277734486795523848e-9,
                                 9.3237235181530266337e-11,
                                 -6.1967364287876999834e-12,
                                 2.8067128195611262471e-13};
constexpr std::array kFarSingle{-1.8496055098735112988,    -2.638967520973537895,      -0.84310712978178797143,
                                -0.041562036842297827951,  0.010037461607597161652,    -0.001986328127424122894,
                                0.00024991472243173031992, 0.000013631064753369805782, -0.000018502987171299286484,
                                5.6608951816765823719e-6,  -1.0022521588577926586e-6,  1.025949851112062269e-7,
                                -4.7124896586429587562e-9};
constexpr std::array kFarDouble{
    -1.849605509933248248,       -2.6389675142347914506,    -0.84310725635847466868,    -0.041561098046763538707,
    0.010033825437162179102,     -0.001977903042302987806,  0.00023732481402877205795,  0.000026269988148008804797,
    -0.000027140069679526876117, 9.5752152968862028048e-6,  -2.0153824095200028021e-6,  9.8914295336747288173e-8,
    1.302719193485857586e-7,     -7.0120571859061011323e-8, 2.2040864053093456002e-8,   -4.622043101853101041e-9,
    4.532361626638902836e-10,    1.1473284278557379515e-10, -7.5061772711404707898e-11, 2.3503822425639698781e-11,
    -5.2874689482513044638e-12,  9.2433174472842852998e-13, -1.2808477810728159225e-13, 1.4029809404229284568e-14,
    -1.1933684205214403307e-15,  7.6186076242909660279e-17, -3.4388146708154352317e-18, 9.7904593258068233082e-20,
    -1.3224794544053523412e-21};

Term erf(Term x) {
  bool single = x.builder->single();
  double saturated = single ? 4 : 6;  // from here on the result rounds to ±1
  Term z = x * x;
  Term slope_rest = single ? polynomial(z, kNearSingle) : polynomial(z, kNearDouble);
  // Without fma the product of the smallest normal x would be flushed.
  Term near = x.builder->has_fma() ? multiply_add(slope_rest, x, x) : x * (slope_rest + 1);
  Term size = absolute(x);
  Term beyond = select(size > saturated, saturated, size) - 1;
  Term far = 1 - exp_in_range(single ? polynomial(beyond, kFarSingle) : polynomial(beyond, kFarDouble));
  far = select(x < 0.0, -far, far);
  return select(size >= 1.0, far, near);  // NaN takes the polynomial
}

}  // namespace

}  // namespace nnc::math

namespace nnc {

namespace {
const double kTwoOverRootPi = 2 * std::numbers::inv_sqrtpi;
}  // namespace

MathRecord erf_record() {
  return {.scalar = Scalar::erf,
          .function = {.polynomial = [](Terms x) { return math::erf(x[0]); },
                       .value = [](Numbers x) { return std::erf(x[0]); },
                       .slopes = [](Numbers x, double) -> Slopes { return {kTwoOverRootPi * std::exp(-x[0] * x[0])}; }},
          .op = {.name = "erf",
                 .summary = "error function: 2 ÷ √π times the integral of exp(−t²) from 0 to a",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::erf>,
                 .vjp = [](const Vjp& v) -> Gradients {
                   Value slope = kTwoOverRootPi * unary("exp", -(v.in[0] * v.in[0]));
                   return {v.dout * slope};
                 },
                 .slope = Slope::bounded,
                 .derivative = "da = dout · 2 ÷ √π · exp(−a²)",
                 .in_words = "times 2/√π · e^(-x²)"}};
}

}  // namespace nnc
