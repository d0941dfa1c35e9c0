// Comparison, logic, choice and conversion, all elementwise.

#include <fmt/format.h>

#include "ir/ops/families.h"
#include "ir/ops/rules.h"

namespace nnc {

namespace {

Inferred infer_select(Types operands, const Node& node) {
  const Type &condition = operands[0], &yes = operands[1], &no = operands[2];
  if (condition.element != Element::boolean) {
    return fmt::format("'select' chooses by bool, not {}", to_string(condition));
  }
  if (!(yes == no)) return types_differ(node, yes, no);
  if (condition.shape != yes.shape) return types_differ(node, condition, Type(Element::boolean, yes.shape));
  return yes;
}

Inferred infer_cast(Types operands, const Node& node) {
  return Type(view<CastAttributes>(node).element, operands[0].shape);
}

Gradients vjp_cast(const Vjp& v) {
  bool path = is_float(v.in[0].type().element) && is_float(v.out.type().element);
  return {path ? cast(v.dout, v.in[0].type().element) : Value{}};
}

Op compare(std::string_view name, std::string_view notation, std::string_view summary,
           ScalarValue (*scalar)(Scalars&, ScalarOperands, const Node&)) {
  return {.name = name,
          .summary = summary,
          .arity = 2,
          .infer = comparison,
          .scalar = scalar,
          .differentiable = false,
          .derivative = "cuts the path",
          .notation = notation};
}

Op logic(std::string_view name, std::string_view notation, std::string_view summary, int arity,
         ScalarValue (*scalar)(Scalars&, ScalarOperands, const Node&)) {
  return {.name = name,
          .summary = summary,
          .arity = arity,
          .infer = logical,
          .scalar = scalar,
          .differentiable = false,
          .derivative = "cuts the path",
          .notation = notation,
          .check = {.domain = Domain::boolean}};
}

}  // namespace

std::vector<Op> comparison_ops() {
  return {
      compare("equal", "a == b", "a = b; false where either is NaN", one_scalar<Scalar::equal>),
      compare("not_equal", "a != b", "a ≠ b; true where either is NaN", one_scalar<Scalar::not_equal>),
      compare("less", "a < b", "a < b; false where either is NaN", one_scalar<Scalar::less>),
      compare("less_equal", "a <= b", "a ≤ b; false where either is NaN", one_scalar<Scalar::less_equal>),
      compare("greater", "a > b", "a > b; false where either is NaN", one_scalar<Scalar::greater>),
      compare("greater_equal", "a >= b", "a ≥ b; false where either is NaN", one_scalar<Scalar::greater_equal>),
      logic("logical_and", "a and b", "a and b", 2, one_scalar<Scalar::logical_and>),
      logic("logical_or", "a or b", "a or b", 2, one_scalar<Scalar::logical_or>),
      logic("logical_not", "not a", "not a", 1, one_scalar<Scalar::logical_not>),
      {.name = "select",
       .summary = "b where a (bool) is true, c where it is false; what is not chosen leaves no trace",
       .arity = 3,
       .infer = infer_select,
       .scalar = one_scalar<Scalar::select>,
       .vjp = [](const Vjp& v) -> Gradients {
         Value zero = zeros_like(v.dout);
         return {Value{}, select(v.in[0], v.dout, zero), select(v.in[0], zero, v.dout)};
       },
       .chooses = true,
       .derivative = "db = select(a, dout, 0), dc = select(a, 0, dout)",
       .in_words = "routes the gradient to the branch that was taken",
       .notation = "where(a, b, c)",
       .check = {.samples = {"select(bool[2, 3], f32[2, 3], f32[2, 3])", "select(bool[], f32[], f32[])",
                             "select(bool[B, 17], f32[B, 17], f32[B, 17])", "select(bool[0], f32[0], f32[0])"}}},
      {.name = "cast",
       .summary = "a in another element type: to a float rounded to nearest even; to an integer truncated and "
                  "saturated, NaN to 0; to bool a ≠ 0",
       .arity = 1,
       .attributes = kAttributes<CastAttributes>,
       .infer = infer_cast,
       .scalar = [](Scalars& scalars, ScalarOperands x,
                    const Node& node) { return scalars.cast(x[0], view<CastAttributes>(node).element); },
       .vjp = vjp_cast,
       .slope = Slope::one,
       .derivative = "da = dout in a's type; to or from integers and bool it cuts the path",
       .in_words = "passes the gradient on between floats; numbers without fractions let none through",
       .check = {.samples = {"cast(f32[2, 3]) {element = i32}", "cast(i32[9]) {element = f32}",
                             "cast(u8[B, 7]) {element = f32}", "cast(bool[3]) {element = f32}",
                             "cast(f32[5]) {element = bool}", "cast(f32[]) {element = u8}",
                             "cast(f32[4]) {element = f64}", "cast(f64[3]) {element = f32}"}}},
      {.name = "stop_gradient",
       .summary = "a itself",
       .arity = 1,
       .infer = [](Types operands, const Node&) -> Inferred { return operands[0]; },
       .scalar = [](Scalars&, ScalarOperands x, const Node&) { return x[0]; },
       .differentiable = false,
       .slope = Slope::bounded,
       .derivative = "cuts the path, as asked"},
      {.name = "separate",
       .summary =
           "a itself, as a value apart from it: a gradient by it leaves out the paths that lead past it; `number` "
           "tells several apart",
       .arity = 1,
       .attributes = kAttributes<SeparateAttributes>,
       .infer = [](Types operands, const Node&) -> Inferred { return operands[0]; },
       .scalar = [](Scalars&, ScalarOperands x, const Node&) { return x[0]; },
       .vjp = [](const Vjp& v) -> Gradients { return {v.dout}; },
       .slope = Slope::one,
       .derivative = "da = dout",
       .in_words = "passes the gradient on",
       .check = {.samples = {"separate(f32[2, 3]) {number = 1}"}}},
  };
}

}  // namespace nnc
