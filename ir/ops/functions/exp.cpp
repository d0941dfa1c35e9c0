// e^x = 2^n e^r with n = round(x / ln 2), |r| ≤ ln 2 / 2 (Cody and Waite: n ln 2 in two parts, the first product
// exact). Coefficients: Chebyshev interpolation of (e^r − 1 − r) / r² on that range in 80 digits; relative error of
// e^r 8e-9 (f32) and 2e-19 (f64).
#include <array>
#include <cmath>
#include <limits>

#include "ir/ops/functions/exp.h"
#include "ir/ops/functions/records.h"
#include "ir/ops/rules.h"

namespace nnc::math {

namespace {
constexpr std::array kSingle{0.5, 0.16666576845993976311, 0.041666554437685938899, 0.0083632029715758549432,
                             0.0013926213466332443033};
constexpr std::array kDouble{0.5,
                             0.16666666666666671008,
                             0.041666666666666669767,
                             0.0083333333333261120526,
                             0.0013888888888883731829,
                             0.00019841269874901259234,
                             0.000024801587325605320327,
                             2.7557255297969644392e-6,
                             2.7557273570104181356e-7,
                             2.5105259538448493413e-8,
                             2.0914717341098885225e-9};
constexpr double kInverseLog2 = 1.44269504088896340736;
/// ln 2 in two parts; the first has 9 (f32) or 32 (f64) bits, so that its product with n is exact.
struct Log2Parts {
  double high, low;
};
constexpr Log2Parts kLog2Single{0.693359375, -2.121944400546905827679e-4};
constexpr Log2Parts kLog2Double{0.6931471803691238164901733, 1.908214929270587816144266e-10};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
}  // namespace

Reduced reduce_by_log2(Term x) {
  const Log2Parts& parts = x.builder->single() ? kLog2Single : kLog2Double;
  Whole n = nearest_whole(x, kInverseLog2);
  Term high = multiply_add(n.number, -parts.high, x);
  Term low = n.number * parts.low;
  Term rest = high - low;
  return {{rest, (high - rest) - low}, n};
}

Term exp_tail(Term r) { return r.builder->single() ? polynomial(r, kSingle) : polynomial(r, kDouble); }

Term exp_in_range(Term x, Term low) {
  Reduced reduced = reduce_by_log2(x);
  Pair rest = ordered_sum(reduced.rest.high, reduced.rest.low + low);
  Term r = rest.high;
  Term tail = multiply_add(exp_tail(r), r * r, rest.low);
  return scale((r + tail) + 1, reduced.power);
}

Term exp_in_range(Term x) {
  const Log2Parts& parts = x.builder->single() ? kLog2Single : kLog2Double;
  Whole n = nearest_whole(x, kInverseLog2);
  Term r = multiply_add(n.number, -parts.low, multiply_add(n.number, -parts.high, x));
  return scale(multiply_add(exp_tail(r), r * r, r) + 1, n);
}

namespace {

// Beyond the bounds the scaled bits mean nothing and are replaced: below by 0 (the result would be denormal), above by
// x + inf, which is inf, or NaN for NaN.
Term exp(Term x) {
  bool single = x.builder->single();
  double lowest = single ? -87.336540222167969 : -708.3964185322641;
  double highest = single ? 88.722831726074219 : 709.782712893384;
  Term result = select(x <= highest, exp_in_range(x), x + kInfinity);
  return select(x < lowest, 0.0, result);
}

}  // namespace

}  // namespace nnc::math

namespace nnc {

MathRecord exp_record() {
  return {.scalar = Scalar::exp,
          .function = {.polynomial = [](Terms x) { return math::exp(x[0]); },
                       .value = [](Numbers x) { return std::exp(x[0]); },
                       .slopes = [](Numbers, double y) -> Slopes { return {y}; }},
          .op = {.name = "exp",
                 .summary = "e to the power of a",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::exp>,
                 .vjp = [](const Vjp& v) -> Gradients { return {v.dout * v.out}; },
                 .derivative = "da = dout · out",
                 .in_words = "times its own value"}};
}

}  // namespace nnc
