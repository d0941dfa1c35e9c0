// Powers, exponentials and other functions, elementwise.

#include <numbers>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {
const double kTwoOverRootPi = 2 * std::numbers::inv_sqrtpi;

/// d/da a^b = b·a^(b−1), and 0 where b = 0 (1 everywhere). d/db a^b = a^b·log a, and 0 where a = 0 and b ≥ 0.
Gradients vjp_power(const Vjp& v) {
  Value a = v.in[0], b = v.in[1], zero = zeros_like(v.dout);
  Value by_base = select(binary("equal", b, zero), zero, v.dout * (b * binary("power", a, b - 1.0)));
  Value flat = binary("logical_and", binary("equal", a, zero), binary("greater_equal", b, zero));
  Value by_exponent = select(flat, zero, v.dout * (v.out * unary("log", a)));
  return {by_base, by_exponent};
}
}  // namespace

std::vector<Op> exponential_ops() {
  return {
      {.name = "power",
       .summary = "a to the power of b; a constant whole b up to 8 becomes products; power(a, 0) = 1",
       .arity = 2,
       .infer = same_float,
       .scalar = one_scalar<Scalar::power>,
       .vjp = vjp_power,
       .pole = true,
       .derivative = "da = dout · b · a^(b−1), 0 where b = 0; db = dout · out · log(a), 0 where a = 0 and b ≥ 0",
       .in_words = "times b·a^(b-1): for x² times 2x, for √x times 1/(2√x)",
       .notation = "a^b",
       .check = {.domain = Domain::positive}},
      {.name = "exp",
       .summary = "e to the power of a",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::exp>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * v.out}; },
       .derivative = "da = dout · out",
       .in_words = "times its own value"},
      {.name = "log",
       .summary = "natural logarithm; −inf at 0, NaN below",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::log>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout / v.in[0]}; },
       .pole = true,
       .derivative = "da = dout ÷ a",
       .in_words = "times 1/x",
       .check = {.domain = Domain::positive}},
      {.name = "log1p",
       .summary = "log(1 + a), exact near 0; −inf at −1, NaN below",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::log1p>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout / (v.in[0] + 1.0)}; },
       .pole = true,
       .derivative = "da = dout ÷ (1 + a)",
       .in_words = "times 1/(1 + x)",
       .check = {.domain = Domain::above_minus_one}},
      {.name = "expm1",
       .summary = "exp(a) − 1, exact near 0",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::expm1>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (v.out + 1.0)}; },
       .derivative = "da = dout · (out + 1)",
       .in_words = "times its own value + 1"},
  };
}

std::vector<Op> sigmoidal_ops() {
  return {
      {.name = "tanh",
       .summary = "hyperbolic tangent",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::tanh>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (1.0 - v.out * v.out)}; },
       .slope = Slope::bounded,
       .derivative = "da = dout · (1 − out²)",
       .in_words = "times 1 - y², y its own value"},
      {.name = "sigmoid",
       .summary = "1 ÷ (1 + exp(−a)), without overflow",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::sigmoid>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * (v.out * (1.0 - v.out))}; },
       .probability = true,
       .slope = Slope::bounded,
       .derivative = "da = dout · out · (1 − out)",
       .in_words = "times y·(1 - y), y its own value: at most a quarter"},
  };
}

std::vector<Op> function_ops() {
  return {
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
      {.name = "sin",
       .summary = "sine of an angle in radians",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::sin>,
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout * unary("cos", v.in[0])}; },
       .slope = Slope::bounded,
       .derivative = "da = dout · cos(a)",
       .in_words = "times the cosine of its input"},
      {.name = "cos",
       .summary = "cosine of an angle in radians",
       .arity = 1,
       .infer = same_float,
       .scalar = one_scalar<Scalar::cos>,
       .vjp = [](const Vjp& v) -> Gradients { return {-(v.dout * unary("sin", v.in[0]))}; },
       .slope = Slope::bounded,
       .derivative = "da = −dout · sin(a)",
       .in_words = "times minus the sine of its input"},
      {.name = "erf",
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
       .in_words = "times 2/√π · e^(-x²)"},
  };
}

}  // namespace nnc
