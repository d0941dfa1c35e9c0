#include "frontend/types/sizes.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace nnc {

namespace {

Size::Monomial product(const Size::Monomial& a, const Size::Monomial& b) {
  std::map<std::string, int> exponents(a.begin(), a.end());
  for (const auto& [symbol, exponent] : b) {
    exponents[symbol] += exponent;
    if (exponents[symbol] == 0) exponents.erase(symbol);
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

/// A number below the line stands first: digits sort before the letters of names.
bool has_fraction(const Size::Monomial& monomial) {
  return !monomial.empty() && monomial.front().second < 0 &&
         monomial.front().first.find_first_not_of("0123456789") == std::string::npos;
}

bool has_fractions(const std::map<Size::Monomial, int64_t>& terms) {
  auto first = terms.begin();
  if (first != terms.end() && first->first.empty()) ++first;
  return first != terms.end() && has_fraction(first->first);
}

/// The true symbols, and the number below the line (0 where it is beyond 63 bits).
std::pair<Size::Monomial, int64_t> without_fraction(const Size::Monomial& monomial) {
  std::pair<Size::Monomial, int64_t> parts{{}, 1};
  for (const auto& [name, exponent] : monomial) {
    if (!has_fraction({{name, exponent}})) {
      parts.first.emplace_back(name, exponent);
      continue;
    }
    for (int i = exponent; i < 0 && parts.second != 0; ++i) {
      if (__builtin_mul_overflow(parts.second, std::stoll(name), &parts.second)) parts.second = 0;
    }
  }
  return parts;
}

/// Of a symbol and its exponent: what is above the line, and itself no quotient that nothing rounds.
bool is_whole(const std::pair<std::string, int>& power) {
  bool quotient = power.first.find('/') != std::string::npos && !power.first.starts_with("floor(");
  return power.second > 0 && !quotient;
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

// A fraction such as H/2 is the coefficient 1 of a monomial with the "symbol" 2 below the line. There is one such
// symbol in a monomial at most, and one term for the same true symbols: H - H/2 is H/2 again.
void Size::add_term(const Monomial& monomial, int64_t coefficient) {
  if (!has_fractions(terms_) && !has_fraction(monomial)) {
    int64_t& sum = terms_[monomial];
    if (__builtin_add_overflow(sum, coefficient, &sum)) overflow_ = true;
    if (sum == 0) terms_.erase(monomial);
    return;
  }
  auto [symbols, below] = without_fraction(monomial);
  for (auto term = terms_.begin(); term != terms_.end(); ++term) {
    auto [others, divisor] = without_fraction(term->first);
    if (others != symbols) continue;
    int64_t left = 0, right = 0;
    overflow_ = __builtin_mul_overflow(term->second, below, &left) || overflow_;
    overflow_ = __builtin_mul_overflow(coefficient, divisor, &right) || overflow_;
    overflow_ = __builtin_add_overflow(left, right, &coefficient) || overflow_;
    overflow_ = __builtin_mul_overflow(below, divisor, &below) || overflow_;
    terms_.erase(term);
    break;
  }
  overflow_ = overflow_ || below < 1 || coefficient == std::numeric_limits<int64_t>::min();
  if (overflow_ || coefficient == 0) return;
  int64_t common = std::gcd(coefficient, below);
  if (below > common) symbols.insert(symbols.begin(), {std::to_string(below / common), -1});
  terms_[symbols] = coefficient / common;
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

Size Size::quotient(const Size& a, const Size& b) {
  if (std::optional<Size> exact = a.divided_by(b)) return *exact;
  // Symbols or a number below the line, D/h and H/2, stay arithmetic: h * (D/h) is D again.
  std::optional<int64_t> number = b.number();
  if (!a.is_overflow() && !a.number() && number && *number > 1) {
    Size inverse;
    inverse.terms_[{{std::to_string(*number), -1}}] = 1;
    return a * inverse;
  }
  if (!a.is_overflow() && !b.is_overflow() && b.terms_.size() == 1 && b.terms_.begin()->second == 1) {
    Monomial below = b.terms_.begin()->first;
    for (auto& [name, exponent] : below) exponent = -exponent;
    Size inverse;
    inverse.terms_[below] = 1;
    return a * inverse;
  }
  return symbol(in_parentheses(a) + "/" + in_parentheses(b));
}

Size Size::floor_of(const Size& size) {
  Size whole, part;
  for (const auto& [monomial, coefficient] : size.terms_) {
    auto [symbols, below] = without_fraction(monomial);
    bool splits = std::all_of(symbols.begin(), symbols.end(), is_whole) && below > 0;
    int64_t rest = splits ? (coefficient % below + below) % below : coefficient;
    if (splits) whole.add_term(symbols, (coefficient - rest) / below);
    if (rest != 0) part.add_term(monomial, rest);
  }
  if (size.overflow_ || whole.overflow_) return overflow();
  bool below_one = std::all_of(part.terms_.begin(), part.terms_.end(),
                               [](const auto& term) { return without_fraction(term.first).first.empty(); });
  return below_one ? whole : whole + symbol("floor(" + to_string(part) + ")");
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
    for (const auto& [name, exponent] : without_fraction(monomial).first) seen[name] = true;
  }
  std::vector<std::string> names;
  for (const auto& [name, unused] : seen) names.push_back(name);
  return names;
}

bool Size::is_of_data() const {
  std::vector<std::string> names = symbols();
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name.find('.') != std::string::npos; });
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
