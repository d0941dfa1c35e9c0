#include "frontend/sizes.h"

#include <fmt/format.h>

namespace nnc {

namespace {

Size::Monomial product(const Size::Monomial& a, const Size::Monomial& b) {
  std::map<std::string, int> exponents(a.begin(), a.end());
  for (const auto& [symbol, exponent] : b) {
    if ((exponents[symbol] += exponent) == 0) exponents.erase(symbol);
  }
  return {exponents.begin(), exponents.end()};
}

/// a / b, when every exponent of b is in a.
std::optional<Size::Monomial> quotient_of(const Size::Monomial& a, const Size::Monomial& b) {
  std::map<std::string, int> exponents(a.begin(), a.end());
  for (const auto& [symbol, exponent] : b) {
    auto found = exponents.find(symbol);
    if (found == exponents.end() || found->second < exponent) return std::nullopt;
    found->second -= exponent;
    if (found->second == 0) exponents.erase(found);
  }
  return Size::Monomial(exponents.begin(), exponents.end());
}

std::string in_parentheses(const Size& size) {
  std::string text = to_string(size);
  return size.terms().size() > 1 ? "(" + text + ")" : text;
}

}  // namespace

Size::Size(int64_t number) {
  if (number != 0) terms_[{}] = number;
}

Size Size::symbol(std::string name) {
  Size size;
  size.terms_[{{std::move(name), 1}}] = 1;
  return size;
}

Size Size::overflow() {
  Size size;
  size.overflow_ = true;
  return size;
}

void Size::add_term(const Monomial& monomial, int64_t coefficient) {
  int64_t& sum = terms_[monomial];
  if (__builtin_add_overflow(sum, coefficient, &sum)) overflow_ = true;
  if (sum == 0) terms_.erase(monomial);
}

Size operator+(const Size& a, const Size& b) {
  Size sum = a;
  sum.overflow_ = a.overflow_ || b.overflow_;
  for (const auto& [monomial, coefficient] : b.terms_) sum.add_term(monomial, coefficient);
  return sum.overflow_ ? Size::overflow() : sum;
}

Size operator-(const Size& a, const Size& b) { return a + b * Size(-1); }

Size operator*(const Size& a, const Size& b) {
  Size result;
  result.overflow_ = a.overflow_ || b.overflow_;
  for (const auto& [left, left_coefficient] : a.terms_) {
    for (const auto& [right, right_coefficient] : b.terms_) {
      int64_t coefficient = 0;
      if (__builtin_mul_overflow(left_coefficient, right_coefficient, &coefficient)) result.overflow_ = true;
      result.add_term(product(left, right), coefficient);
    }
  }
  return result.overflow_ ? Size::overflow() : result;
}

std::optional<Size> Size::divided_by(const Size& divisor) const {
  if (overflow_ || divisor.overflow_ || divisor.terms_.empty()) return std::nullopt;
  if (*this == divisor) return Size(1);
  if (divisor.terms_.size() != 1) return std::nullopt;
  const auto& [symbols, factor] = *divisor.terms_.begin();
  Size result;
  for (const auto& [monomial, coefficient] : terms_) {
    std::optional<Monomial> rest = quotient_of(monomial, symbols);
    if (!rest || coefficient % factor != 0) return std::nullopt;
    result.add_term(*rest, coefficient / factor);
  }
  return result;
}

Size Size::quotient(const Size& a, const Size& b, bool floor) {
  if (std::optional<Size> exact = a.divided_by(b)) return *exact;
  // One symbol below the line, D/h, stays arithmetic: h * (D/h) is D again.
  if (!floor && !a.is_overflow() && !b.is_overflow() && b.terms_.size() == 1 && b.terms_.begin()->second == 1) {
    Monomial below = b.terms_.begin()->first;
    for (auto& [name, exponent] : below) exponent = -exponent;
    Size inverse;
    inverse.terms_[below] = 1;
    return a * inverse;
  }
  std::string text = in_parentheses(a) + "/" + in_parentheses(b);
  return symbol(floor ? "floor(" + text + ")" : text);
}

std::optional<int64_t> Size::number() const {
  if (overflow_) return std::nullopt;
  if (terms_.empty()) return 0;
  if (terms_.size() == 1 && terms_.begin()->first.empty()) return terms_.begin()->second;
  return std::nullopt;
}

bool Size::mentions(const std::string& symbol) const {
  for (const auto& [monomial, coefficient] : terms_) {
    for (const auto& [name, exponent] : monomial) {
      if (name == symbol) return true;
    }
  }
  return false;
}

std::vector<std::string> Size::symbols() const {
  std::map<std::string, bool> seen;
  for (const auto& [monomial, coefficient] : terms_) {
    for (const auto& [name, exponent] : monomial) seen[name] = true;
  }
  std::vector<std::string> names;
  for (const auto& [name, unused] : seen) names.push_back(name);
  return names;
}

std::optional<int64_t> Size::multiple_of(const std::string& symbol) const {
  if (terms_.size() != 1) return std::nullopt;
  const auto& [monomial, coefficient] = *terms_.begin();
  if (monomial != Monomial{{symbol, 1}}) return std::nullopt;
  return coefficient;
}

std::string to_string(const Size& size) {
  if (size.is_overflow()) return "more than 2^63";
  if (size.terms().empty()) return "0";
  std::string text;
  // The terms with symbols first, the constant last.
  auto append = [&](const Size::Monomial& monomial, int64_t coefficient) {
    std::string factors, below;
    for (const auto& [name, exponent] : monomial) {
      std::string& side = exponent > 0 ? factors : below;
      int power = exponent > 0 ? exponent : -exponent;
      side += exponent > 0 ? (factors.empty() ? "" : "*") : "/";
      side += power == 1 ? name : fmt::format("{}^{}", name, power);
    }
    if (factors.empty() && !below.empty()) factors = "1";
    factors += below;
    // Negated as unsigned, so that −2^63 has a magnitude.
    uint64_t magnitude = coefficient < 0 ? 0 - static_cast<uint64_t>(coefficient) : static_cast<uint64_t>(coefficient);
    if (text.empty())
      text = coefficient < 0 ? "-" : "";
    else
      text += coefficient < 0 ? " - " : " + ";
    if (factors.empty())
      text += std::to_string(magnitude);
    else
      text += magnitude == 1 ? factors : fmt::format("{}*{}", magnitude, factors);
  };
  for (const auto& [monomial, coefficient] : size.terms()) {
    if (!monomial.empty()) append(monomial, coefficient);
  }
  if (auto constant = size.terms().find({}); constant != size.terms().end()) append({}, constant->second);
  return text;
}

}  // namespace nnc
