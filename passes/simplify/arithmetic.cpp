// Identities of arithmetic that hold bit for bit: for −0, infinities and NaN (whose payload means nothing) too. So
// x + 0 stays (it turns −0 into 0), and so do x·0 and x − x of floats.

#include <array>
#include <cmath>

#include "ir/graph/queries.h"
#include "passes/simplify/rule.h"

namespace nnc {

namespace {

bool integer(const Site& site) { return !is_float(site.type().element); }
bool negated(Value value) { return is_op(value, "negate"); }

// add

Value add_nothing(const Site& site) {
  for (size_t i : {0, 1}) {
    Value other = site.in(1 - i);
    if (is_number(other, -0.0) || (integer(site) && is_number(other, 0))) return site.in(i);
  }
  return {};
}

Value add_negated(const Site& site) {
  if (negated(site.in(1))) return site.in(0) - operand(site.in(1));
  if (negated(site.in(0))) return site.in(1) - operand(site.in(0));
  return {};
}

// subtract

Value subtract_nothing(const Site& site) { return is_number(site.in(1), 0) ? site.in(0) : Value{}; }

Value subtract_from_nothing(const Site& site) {
  bool nothing = is_number(site.in(0), -0.0) || (integer(site) && is_number(site.in(0), 0));
  return nothing ? -site.in(1) : Value{};
}

Value subtract_negated(const Site& site) { return negated(site.in(1)) ? site.in(0) + operand(site.in(1)) : Value{}; }

// multiply

Value multiply_by_one(const Site& site) {
  if (is_number(site.in(1), 1)) return site.in(0);
  if (is_number(site.in(0), 1)) return site.in(1);
  return {};
}

Value multiply_by_minus_one(const Site& site) {
  if (is_number(site.in(1), -1)) return -site.in(0);
  if (is_number(site.in(0), -1)) return -site.in(1);
  return {};
}

Value multiply_by_nothing(const Site& site) {
  bool nothing = is_number(site.in(0), 0) || is_number(site.in(1), 0);
  return integer(site) && nothing ? full(site.graph, 0, site.type()) : Value{};
}

Value multiply_negated(const Site& site) {
  bool both = negated(site.in(0)) && negated(site.in(1));
  return both ? operand(site.in(0)) * operand(site.in(1)) : Value{};
}

// divide

Value divide_by_one(const Site& site) { return is_number(site.in(1), 1) ? site.in(0) : Value{}; }

Value divide_by_minus_one(const Site& site) { return is_number(site.in(1), -1) ? -site.in(0) : Value{}; }

Value divide_negated(const Site& site) {
  bool both = negated(site.in(0)) && negated(site.in(1));
  return both ? operand(site.in(0)) / operand(site.in(1)) : Value{};
}

/// Exact where both the divisor and its reciprocal are normal: ±2^n.
Value divide_by_power_of_two(const Site& site) {
  const double* divisor = number_everywhere(site.in(1));
  if (divisor == nullptr || !std::isnormal(*divisor)) return {};
  int exponent = 0;
  if (std::fabs(std::frexp(*divisor, &exponent)) != 0.5) return {};
  int most = site.type().element == Element::f64 ? 1022 : 126;
  if (std::abs(exponent - 1) > most) return {};
  double reciprocal = 1 / *divisor;
  return site.in(0) * full(site.graph, reciprocal, site.type());
}

// one operand

Value negate_twice(const Site& site) { return negated(site.in(0)) ? operand(site.in(0)) : Value{}; }

/// The product of a constant: its sign changes instead.
Value negate_scaled(const Site& site) {
  if (!is_op(site.in(0), "multiply") || integer(site)) return {};
  for (size_t i : {0, 1}) {
    const double* number = number_everywhere(operand(site.in(0), i));
    if (number == nullptr) continue;
    return operand(site.in(0), 1 - i) * full(site.graph, -*number, site.type());
  }
  return {};
}

Value absolute_of_sign_change(const Site& site) {
  if (is_op(site.in(0), "absolute")) return site.in(0);
  return negated(site.in(0)) ? unary("absolute", operand(site.in(0))) : Value{};
}

Value same_again(const Site& site) { return is_op(site.in(0), site.node.op->name) ? site.in(0) : Value{}; }

Value extremum_of_same(const Site& site) { return site.in(0) == site.in(1) ? site.in(0) : Value{}; }

/// As the builder does where it sees the exponent at once.
Value power_as_products(const Site& site) { return binary("power", site.in(0), site.in(1)); }

constexpr std::array kRules{
    Rule{"add", "x + (−0) = x; of integers x + 0 = x", add_nothing},
    Rule{"add", "x + (−y) = x − y", add_negated},
    Rule{"subtract", "x − 0 = x", subtract_nothing},
    Rule{"subtract", "(−0) − x = −x; of integers 0 − x = −x", subtract_from_nothing},
    Rule{"subtract", "x − (−y) = x + y", subtract_negated},
    Rule{"multiply", "x · 1 = x", multiply_by_one},
    Rule{"multiply", "x · (−1) = −x", multiply_by_minus_one},
    Rule{"multiply", "x · 0 = 0 of integers", multiply_by_nothing},
    Rule{"multiply", "(−x) · (−y) = x · y", multiply_negated},
    Rule{"divide", "x ÷ 1 = x", divide_by_one},
    Rule{"divide", "x ÷ (−1) = −x", divide_by_minus_one},
    Rule{"divide", "(−x) ÷ (−y) = x ÷ y", divide_negated},
    Rule{"divide", "x ÷ 2ⁿ = x · 2⁻ⁿ", divide_by_power_of_two},
    Rule{"negate", "−(−x) = x", negate_twice},
    Rule{"negate", "−(x · c) = x · (−c) of floats", negate_scaled},
    Rule{"absolute", "||x|| = |x| and |−x| = |x|", absolute_of_sign_change},
    Rule{"sign", "sign(sign(x)) = sign(x)", same_again},
    Rule{"floor", "floor(floor(x)) = floor(x)", same_again},
    Rule{"maximum", "maximum(x, x) = x", extremum_of_same},
    Rule{"minimum", "minimum(x, x) = x", extremum_of_same},
    Rule{"power", "xⁿ = products, for a constant whole n up to 8", power_as_products},
};

}  // namespace

std::span<const Rule> arithmetic_rules() { return kRules; }

}  // namespace nnc
