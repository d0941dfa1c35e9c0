// Functions of one number, elementwise.

#include <numbers>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {
const double kTwoOverRootPi = 2 * std::numbers::inv_sqrtpi;
}  // namespace

std::vector<Op> function_ops() {
  return {
      {.name = "exp",
       .summary = "e to the power of a",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::exp>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * v.out}; },
       .derivative = "da = dout · out"},
      {.name = "log",
       .summary = "natural logarithm; −inf at 0, NaN below",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::log>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout / v.in[0]}; },
       .pole = true,
       .derivative = "da = dout ÷ a",
       .check = {.domain = Domain::positive}},
      {.name = "log1p",
       .summary = "log(1 + a), exact near 0; −inf at −1, NaN below",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::log1p>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout / (v.in[0] + 1.0)}; },
       .pole = true,
       .derivative = "da = dout ÷ (1 + a)",
       .check = {.domain = Domain::above_minus_one}},
      {.name = "expm1",
       .summary = "exp(a) − 1, exact near 0",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::expm1>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (v.out + 1.0)}; },
       .derivative = "da = dout · (out + 1)"},
      {.name = "tanh",
       .summary = "hyperbolic tangent",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::tanh>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (1.0 - v.out * v.out)}; },
       .derivative = "da = dout · (1 − out²)"},
      {.name = "sigmoid",
       .summary = "1 ÷ (1 + exp(−a)), without overflow",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::sigmoid>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (v.out * (1.0 - v.out))}; },
       .derivative = "da = dout · out · (1 − out)"},
      {.name = "sqrt",
       .summary = "square root; NaN below 0",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::square_root>,
       .vjp = [](const Vjp& v) -> Gradients { return {0.5 * v.dout / v.out}; },
       .pole = true,
       .derivative = "da = dout ÷ (2 · out); +inf at 0",
       .check = {.domain = Domain::positive}},
      {.name = "sin",
       .summary = "sine of an angle in radians",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::sin>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * unary("cos", v.in[0])}; },
       .derivative = "da = dout · cos(a)"},
      {.name = "cos",
       .summary = "cosine of an angle in radians",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::cos>,
       .vjp = [](const Vjp& v) -> Gradients { return {-(v.dout * unary("sin", v.in[0]))}; },
       .derivative = "da = −dout · sin(a)"},
      {.name = "erf",
       .summary = "error function: 2 ÷ √π times the integral of exp(−t²) from 0 to a",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::erf>,
       .vjp = [](const Vjp& v) -> Gradients {
         Value slope = kTwoOverRootPi * unary("exp", -(v.in[0] * v.in[0]));
         return {v.dout * slope};
       },
       .derivative = "da = dout · 2 ÷ √π · exp(−a²)"},
  };
}

}  // namespace nnc
