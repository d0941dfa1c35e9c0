// Elementwise arithmetic. A rule reads like its formula: `v.in` are the operands, `v.out` the result, `v.dout` its
// cotangent. Ties and kinks: see docs/numerics.md.

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

/// ½ and ½ where the operands are equal; otherwise all to the operand that `wins`. A NaN's gradient goes to the second.
Gradients vjp_extremum(const Vjp& v, std::string_view wins) {
  Value tie = binary("equal", v.in[0], v.in[1]);
  Value first = binary(wins, v.in[0], v.in[1]);
  Value half = 0.5 * v.dout;
  Value none = zeros_like(v.dout);
  return {select(tie, half, select(first, v.dout, none)), select(tie, half, select(first, none, v.dout))};
}

}  // namespace

std::vector<Op> arithmetic_ops() {
  return {
      {.name = "add",
       .summary = "a + b",
       .arity = 2,
       .infer = same_number,
       .scalar = one_scalar<Scalar::add>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout, v.dout}; },
       .slope = Slope::one,
       .derivative = "da = dout, db = dout",
       .in_words = "passes the gradient on to both",
       .notation = "a + b"},
      {.name = "subtract",
       .summary = "a − b",
       .arity = 2,
       .infer = same_number,
       .scalar = one_scalar<Scalar::subtract>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout, -v.dout}; },
       .slope = Slope::one,
       .derivative = "da = dout, db = −dout",
       .in_words = "passes the gradient on to the first, with its sign changed to the second",
       .notation = "a - b"},
      {.name = "multiply",
       .summary = "a · b",
       .arity = 2,
       .infer = same_number,
       .scalar = one_scalar<Scalar::multiply>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * v.in[1], v.dout * v.in[0]}; },
       .derivative = "da = dout · b, db = dout · a",
       .in_words = "swaps its inputs: each gets the gradient times the other",
       .notation = "a * b"},
      {.name = "divide",
       .summary = "a ÷ b",
       .arity = 2,
       .infer = same_float,
       .scalar = one_scalar<Scalar::divide>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout / v.in[1], -(v.dout * v.out / v.in[1])}; },
       .pole = true,
       .derivative = "da = dout ÷ b, db = −dout · out ÷ b",
       .in_words = "times 1/b to the upper, times -a/b² to the lower (1/x: times -1/x²)",
       .notation = "a / b",
       .check = {.domain = Domain::nonzero}},
      {.name = "negate",
       .summary = "−a; the sign of 0 changes",
       .arity = 1,
       .infer = same_number,
       .scalar = one_scalar<Scalar::negate>,
       .vjp = [](const Vjp& v) -> Gradients { return {-v.dout}; },
       .slope = Slope::one,
       .derivative = "da = −dout",
       .in_words = "changes the sign of the gradient",
       .notation = "-a"},
      {.name = "sqrt",
       .summary = "square root; NaN below 0",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::square_root>,
       .vjp = [](const Vjp& v) -> Gradients { return {0.5 * v.dout / v.out}; },
       .pole = true,
       .derivative = "da = dout ÷ (2 · out); +inf at 0",
       .in_words = "times 1/(2y), y its own value",
       .check = {.domain = Domain::positive}},
  };
}

std::vector<Op> piecewise_ops() {
  return {
      {.name = "absolute",
       .summary = "|a|",
       .arity = 1,
       .infer = same_number,
       .scalar = one_scalar<Scalar::absolute>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * unary("sign", v.in[0])}; },
       .slope = Slope::bounded,
       .derivative = "da = dout · sign(a); 0 at 0",
       .in_words = "times the sign of its input",
       .notation = "abs(a)"},
      {.name = "sign",
       .summary = "1, −1, or a itself where it is 0, −0 or NaN",
       .arity = 1,
       .infer = same_number,
       .scalar = one_scalar<Scalar::sign>,
       .differentiable = false,
       .slope = Slope::bounded,
       .derivative = "cuts the path (0 wherever it exists)"},
      {.name = "floor",
       .summary = "the greatest whole number that is not above a",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::floor>,
       .differentiable = false,
       .slope = Slope::bounded,
       .derivative = "cuts the path (0 wherever it exists)"},
      {.name = "minimum",
       .summary = "the lesser of a and b; NaN if either is; b where they are equal",
       .arity = 2,
       .infer = same_number,
       .scalar = one_scalar<Scalar::minimum>,
       .vjp = [](const Vjp& v) -> Gradients { return vjp_extremum(v, "less"); },
       .chooses = true,
       .derivative = "dout to the lesser; half to each where they are equal",
       .in_words = "routes the gradient to the lesser; half to each where they are equal",
       .notation = "min(a, b)"},
      {.name = "maximum",
       .summary = "the greater of a and b; NaN if either is; b where they are equal",
       .arity = 2,
       .infer = same_number,
       .scalar = one_scalar<Scalar::maximum>,
       .vjp = [](const Vjp& v) -> Gradients { return vjp_extremum(v, "greater"); },
       .chooses = true,
       .derivative = "dout to the greater; half to each where they are equal",
       .in_words = "routes the gradient to the larger; half to each where they are equal",
       .notation = "max(a, b)"},
  };
}

}  // namespace nnc
