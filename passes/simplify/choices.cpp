// Choice, logic and conversion.

#include <array>

#include "ir/graph/queries.h"
#include "passes/simplify/rule.h"

namespace nnc {

namespace {

Value select_known(const Site& site) {
  const double* condition = number_everywhere(site.in(0));
  return condition == nullptr ? Value{} : *condition != 0 ? site.in(1) : site.in(2);
}

Value select_same(const Site& site) { return site.in(1) == site.in(2) ? site.in(1) : Value{}; }

Value select_by_opposite(const Site& site) {
  return is_op(site.in(0), "logical_not") ? select(operand(site.in(0)), site.in(2), site.in(1)) : Value{};
}

/// Within the chosen branch the same question has the known answer.
Value select_within(const Site& site) {
  for (size_t i : {1, 2}) {
    Value branch = site.in(i);
    if (!is_op(branch, "select") || !(operand(branch) == site.in(0))) continue;
    Value chosen = operand(branch, i);
    return i == 1 ? select(site.in(0), chosen, site.in(2)) : select(site.in(0), site.in(1), chosen);
  }
  return {};
}

Value not_twice(const Site& site) { return is_op(site.in(0), "logical_not") ? operand(site.in(0)) : Value{}; }

/// Both are answers about NaN too: equal is false there, not_equal true. An order has no such partner.
Value not_compared(const Site& site) {
  for (auto [from, to] : {std::pair{"equal", "not_equal"}, {"not_equal", "equal"}}) {
    if (is_op(site.in(0), from)) return binary(to, operand(site.in(0), 0), operand(site.in(0), 1));
  }
  return {};
}

/// `neutral` leaves the other operand, its opposite decides alone.
Value connected(const Site& site, bool neutral) {
  if (site.in(0) == site.in(1)) return site.in(0);
  for (size_t i : {0, 1}) {
    const double* known = number_everywhere(site.in(i));
    if (known != nullptr) return (*known != 0) == neutral ? site.in(1 - i) : site.in(i);
  }
  return {};
}
Value and_known(const Site& site) { return connected(site, true); }
Value or_known(const Site& site) { return connected(site, false); }

/// Whether every value of `from` is one of `to`.
bool holds_all(Element to, Element from) {
  switch (from) {
    case Element::boolean: return true;
    case Element::u8: return to != Element::boolean;
    case Element::i32: return to == Element::i32 || to == Element::f64;
    case Element::bf16: return is_float(to);
    case Element::f32: return to == Element::f32 || to == Element::f64;
    case Element::f64: return to == Element::f64;
  }
  return false;
}

Value cast_to_same(const Site& site) { return cast(site.in(0), site.type().element); }

/// Where the first conversion loses nothing and the second means the same from both.
Value cast_of_cast(const Site& site) {
  if (!is_op(site.in(0), "cast")) return {};
  Value origin = operand(site.in(0));
  Element from = origin.type().element, by = site.in(0).type().element, to = site.type().element;
  bool same = from == to || holds_all(to, from) || (is_float(from) && is_float(to));
  return holds_all(by, from) && same ? cast(origin, to) : Value{};
}

/// Simplify runs after differentiate: nothing asks for the cut, or for a value of its own, any more.
Value without_cut(const Site& site) { return site.in(0); }

constexpr std::array kRules{
    Rule{"select", "select(constant, a, b) = a or b", select_known},
    Rule{"select", "select(c, a, a) = a", select_same},
    Rule{"select", "select(not c, a, b) = select(c, b, a)", select_by_opposite},
    Rule{"select", "select(c, select(c, a, b), d) = select(c, a, d)", select_within},
    Rule{"logical_not", "not not c = c", not_twice},
    Rule{"logical_not", "not (a = b) is a ≠ b", not_compared},
    Rule{"logical_and", "c and true = c, c and false = false, c and c = c", and_known},
    Rule{"logical_or", "c or false = c, c or true = true, c or c = c", or_known},
    Rule{"cast", "cast to its own type = x", cast_to_same},
    Rule{"cast", "cast of a cast that loses nothing = one cast", cast_of_cast},
    Rule{"stop_gradient", "stop_gradient(x) = x", without_cut},
    Rule{"separate", "separate(x) = x", without_cut},
    Rule{"own_gradient", "own_gradient(y, …) = y", without_cut},
};

}  // namespace

std::span<const Rule> choice_rules() { return kRules; }

}  // namespace nnc
