#include "ir/scalar/math_builder.h"

#include "support/error.h"

namespace nnc::math {

Term MathBuilder::add(MathStep step) {
  program_.steps.push_back(std::move(step));
  return {this, static_cast<MathStepId>(program_.steps.size() - 1)};
}

Term MathBuilder::operand(uint32_t number) {
  return add({.kind = MathStep::Kind::operand, .element = element_, .number = static_cast<double>(number)});
}

Term MathBuilder::constant(double value) { return constant(value, element_); }

Term MathBuilder::constant(double value, Element element) {
  const double rounded = element == Element::f32 ? static_cast<double>(static_cast<float>(value)) : value;
  for (size_t i = 0; i < program_.steps.size(); ++i) {
    const MathStep& step = program_.steps[i];
    bool same = step.kind == MathStep::Kind::constant && step.element == element && step.number == rounded;
    if (same && rounded != 0) return {this, static_cast<MathStepId>(i)};
  }
  return add({.element = element, .number = rounded});
}

Term MathBuilder::apply(Scalar function, std::initializer_list<Term> operands) {
  MathStep step{.kind = MathStep::Kind::apply, .function = function};
  for (const Term& operand : operands) step.operands.push_back(operand.id);
  const MathStep& value = program_.steps[step.operands.back()];
  step.element = info(function).is_boolean ? Element::boolean : value.element;
  return add(std::move(step));
}

Term MathBuilder::cast(Term value, Element element) {
  return add({.kind = MathStep::Kind::cast, .element = element, .operands = {value.id}});
}

void MathBuilder::rarely(Term when, const std::function<void()>& write) {
  NNC_ASSERT(!program_.rare, "a math program has at most one rare part");
  auto here = [&] { return static_cast<MathStepId>(program_.steps.size()); };
  MathStepId first = here();
  write();
  program_.rare = MathProgram::Rare{when.id, first, here()};
}

MathProgram MathBuilder::finish(Term result) {
  program_.result = result.id;
  return std::move(program_);
}

namespace {
Term apply(Scalar function, Term a, Term b) { return a.builder->apply(function, {a, b}); }
Term number(Term beside, double value) { return beside.builder->constant(value); }
}  // namespace

Term operator+(Term a, Term b) { return apply(Scalar::add, a, b); }
Term operator-(Term a, Term b) { return apply(Scalar::subtract, a, b); }
Term operator*(Term a, Term b) { return apply(Scalar::multiply, a, b); }
Term operator/(Term a, Term b) { return apply(Scalar::divide, a, b); }
Term operator-(Term a) { return a.builder->apply(Scalar::negate, {a}); }
Term operator+(Term a, double b) { return a + number(a, b); }
Term operator-(Term a, double b) { return a - number(a, b); }
Term operator*(Term a, double b) { return a * number(a, b); }
Term operator+(double a, Term b) { return number(b, a) + b; }
Term operator-(double a, Term b) { return number(b, a) - b; }
Term operator/(double a, Term b) { return number(b, a) / b; }
Term operator<(Term a, double b) { return apply(Scalar::less, a, number(a, b)); }
Term operator>(Term a, double b) { return apply(Scalar::greater, a, number(a, b)); }
Term operator<=(Term a, double b) { return apply(Scalar::less_equal, a, number(a, b)); }
Term operator>=(Term a, double b) { return apply(Scalar::greater_equal, a, number(a, b)); }
Term equals(Term a, Term b) { return apply(Scalar::equal, a, b); }
Term equals(Term a, double b) { return equals(a, number(a, b)); }
Term both(Term a, Term b) { return apply(Scalar::logical_and, a, b); }
Term either(Term a, Term b) { return apply(Scalar::logical_or, a, b); }
Term inverse(Term a) { return a.builder->apply(Scalar::logical_not, {a}); }
Term absolute(Term a) { return a.builder->apply(Scalar::absolute, {a}); }
Term floor_of(Term a) { return a.builder->apply(Scalar::floor, {a}); }

Term select(Term condition, Term yes, Term no) { return yes.builder->apply(Scalar::select, {condition, yes, no}); }
Term select(Term condition, double yes, Term no) { return select(condition, number(no, yes), no); }
Term select(Term condition, Term yes, double no) { return select(condition, yes, number(yes, no)); }

Term multiply_add(Term a, Term b, Term c) {
  return a.builder->has_fma() ? a.builder->apply(Scalar::fused_multiply_add, {a, b, c}) : a * b + c;
}
Term multiply_add(Term a, double b, Term c) { return multiply_add(a, number(a, b), c); }
Term multiply_add(Term a, Term b, double c) { return multiply_add(a, b, number(a, c)); }

Term polynomial(Term x, std::span<const double> coefficients) {
  Term sum = number(x, coefficients.back());
  for (size_t i = coefficients.size() - 1; i-- > 0;) sum = multiply_add(sum, x, coefficients[i]);
  return sum;
}

namespace {
/// The upper half of the bits (Veltkamp): a's product with another such half is exact.
Term upper_half(Term a) {
  Term spread = a * (a.builder->single() ? 4097.0 : 134217729.0);
  return spread - (spread - a);
}
}  // namespace

Pair exact_product(Term a, Term b) {
  Term product = a * b;
  if (a.builder->has_fma()) return {product, multiply_add(a, b, -product)};
  Term a1 = upper_half(a), b1 = upper_half(b);
  Term a2 = a - a1, b2 = b - b1;
  return {product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
}

Pair exact_sum(Term a, Term b) {
  Term sum = a + b;
  Term of_b = sum - a;
  return {sum, (a - (sum - of_b)) + (b - of_b)};
}

Pair ordered_sum(Term a, Term b) {
  Term sum = a + b;
  return {sum, b - (sum - a)};
}

// Adding 1.5 × 2^M rounds to a whole number and leaves it in the low bits.
Whole nearest_whole(Term x, double factor) {
  double magic = x.builder->single() ? 0x1.8p23 : 0x1.8p52;
  Term shift = multiply_add(x, factor, number(x, magic));
  return {shift - magic, shift};
}

Term scale(Term x, const Whole& power) { return apply(Scalar::add_exponent, x, power.shift); }

}  // namespace nnc::math
