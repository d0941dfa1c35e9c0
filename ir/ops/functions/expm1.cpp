// e^x − 1 = 2^n ((1 − 2^−n) + r + (e^r − 1 − r)) with n and r as in exp.cpp; for n = 0 the first part is exactly 0, so
// nothing cancels. r's rounding is carried along.
#include <cmath>
#include <limits>

#include "ir/ops/functions/exp.h"
#include "ir/ops/functions/records.h"
#include "ir/ops/rules.h"

namespace nnc::math {

namespace {

Term expm1(Term x) {
  MathBuilder& b = *x.builder;
  bool single = b.single();
  double lowest = single ? -18 : -40;  // below, the result rounds to −1
  double highest = single ? 88.722831726074219 : 709.782712893384;
  double vanishing = single ? 30 : 60;  // 2^−n is below half an ulp of 1
  Reduced reduced = reduce_by_log2(x);
  Term n = reduced.power.number, r = reduced.rest.high, low = reduced.rest.low;
  double magic = single ? 0x1.8p23 : 0x1.8p52;
  Term inverse_power = scale(b.constant(1), {n, magic - n});
  Term base = 1 - select(n > vanishing, 0.0, inverse_power);
  Term tail = multiply_add(exp_tail(r), r * r, multiply_add(low, r, low));
  Pair sum = exact_sum(base, r);
  Term result = scale(sum.high + (sum.low + tail), reduced.power);
  result = select(x <= highest, result, x + std::numeric_limits<double>::infinity());
  result = select(x < lowest, -1.0, result);
  return select(equals(x, 0.0), x, result);  // keeps −0
}

}  // namespace

}  // namespace nnc::math

namespace nnc {

MathRecord expm1_record() {
  return {.scalar = Scalar::expm1,
          .function = {.polynomial = [](Terms x) { return math::expm1(x[0]); },
                       .value = [](Numbers x) { return std::expm1(x[0]); },
                       .slopes = [](Numbers x, double) -> Slopes { return {std::exp(x[0])}; }},
          .op = {.name = "expm1",
                 .summary = "exp(a) − 1, exact near 0",
                 .arity = 1,
                 .infer = same_float,
                 .scalar = one_scalar<Scalar::expm1>,
                 .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (v.out + 1.0)}; },
                 .derivative = "da = dout · (out + 1)",
                 .in_words = "times its own value + 1"}};
}

}  // namespace nnc
