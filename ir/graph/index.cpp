#include "ir/graph/index.h"

#include <algorithm>

#include "support/error.h"

namespace nnc {

namespace {

using Terms = std::vector<IndexExpr::Term>;

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0); }

bool same_base(const IndexExpr::Term& a, const IndexExpr::Term& b) {
  if (a.kind != b.kind) return false;
  if (a.kind == IndexExpr::Kind::variable) return a.variable == b.variable;
  return a.divisor == b.divisor && *a.inner == *b.inner;
}

/// Adds a term to a sum; a variable keeps the variables sorted, so that equal sums are equal.
void accumulate(Terms& terms, const IndexExpr::Term& term) {
  for (size_t i = 0; i < terms.size(); ++i) {
    if (!same_base(terms[i], term)) continue;
    terms[i].coefficient += term.coefficient;
    if (terms[i].coefficient == 0) terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(i));
    return;
  }
  auto before = [](const IndexExpr::Term& a, const IndexExpr::Term& b) {
    bool a_variable = a.kind == IndexExpr::Kind::variable, b_variable = b.kind == IndexExpr::Kind::variable;
    if (a_variable != b_variable) return a_variable;
    return a_variable && a.variable < b.variable;
  };
  terms.insert(std::upper_bound(terms.begin(), terms.end(), term, before), term);
}

}  // namespace

const Terms& IndexExpr::terms() const {
  static const Terms none;
  return terms_ ? *terms_ : none;
}

IndexExpr IndexExpr::variable(int number) {
  IndexExpr expr;
  Term term;
  term.variable = number;
  expr.terms_ = std::make_shared<Terms>(Terms{term});
  return expr;
}

IndexExpr operator+(const IndexExpr& a, const IndexExpr& b) {
  IndexExpr sum(a.constant_ + b.constant_);
  Terms terms = a.terms();
  for (const IndexExpr::Term& term : b.terms()) accumulate(terms, term);
  if (!terms.empty()) sum.terms_ = std::make_shared<Terms>(std::move(terms));
  return sum;
}

IndexExpr operator*(const IndexExpr& a, int64_t factor) {
  if (factor == 0) return 0;
  IndexExpr scaled(a.constant_ * factor);
  Terms terms = a.terms();
  for (IndexExpr::Term& term : terms) term.coefficient *= factor;
  if (!terms.empty()) scaled.terms_ = std::make_shared<Terms>(std::move(terms));
  return scaled;
}

IndexExpr IndexExpr::divided_by(int64_t divisor) const {
  NNC_ASSERT(divisor > 0, "an index is divided by a positive number");
  if (divisor == 1) return *this;
  IndexExpr whole(floor_divide(constant_, divisor));
  IndexExpr rest(constant_ - whole.constant_ * divisor);
  for (const Term& term : terms()) {
    IndexExpr single;
    single.terms_ = std::make_shared<Terms>(Terms{term});
    if (term.coefficient % divisor != 0) {
      rest = rest + single;
      continue;
    }
    Term reduced = term;
    reduced.coefficient /= divisor;
    IndexExpr quotient;
    quotient.terms_ = std::make_shared<Terms>(Terms{reduced});
    whole = whole + quotient;
  }
  if (rest.is_constant()) return whole;  // 0 <= rest < divisor
  Term term;
  term.kind = Kind::quotient;
  term.divisor = divisor;
  term.inner = std::make_shared<IndexExpr>(rest);
  IndexExpr quotient;
  quotient.terms_ = std::make_shared<Terms>(Terms{term});
  return whole + quotient;
}

IndexExpr IndexExpr::modulo(int64_t divisor) const {
  NNC_ASSERT(divisor > 0, "an index is divided by a positive number");
  IndexExpr rest(constant_ - floor_divide(constant_, divisor) * divisor);
  for (const Term& term : terms()) {
    if (term.coefficient % divisor == 0) continue;
    IndexExpr single;
    single.terms_ = std::make_shared<Terms>(Terms{term});
    rest = rest + single;
  }
  if (rest.is_constant()) return rest;
  Term term;
  term.kind = Kind::remainder;
  term.divisor = divisor;
  term.inner = std::make_shared<IndexExpr>(rest);
  IndexExpr remainder;
  remainder.terms_ = std::make_shared<Terms>(Terms{term});
  return remainder;
}

bool IndexExpr::is_affine() const {
  return std::all_of(terms().begin(), terms().end(), [](const Term& term) { return term.kind == Kind::variable; });
}

int64_t IndexExpr::coefficient(int variable) const {
  for (const Term& term : terms()) {
    if (term.kind == Kind::variable && term.variable == variable) return term.coefficient;
  }
  return 0;
}

int64_t IndexExpr::evaluate(std::span<const int64_t> variables) const {
  int64_t sum = constant_;
  for (const Term& term : terms()) {
    int64_t value = 0;
    if (term.kind == Kind::variable) {
      value = variables[static_cast<size_t>(term.variable)];
    } else {
      int64_t inner = term.inner->evaluate(variables);
      int64_t quotient = floor_divide(inner, term.divisor);
      value = term.kind == Kind::quotient ? quotient : inner - quotient * term.divisor;
    }
    sum += term.coefficient * value;
  }
  return sum;
}

IndexExpr IndexExpr::substitute(std::span<const IndexExpr> by) const {
  IndexExpr sum(constant_);
  for (const Term& term : terms()) {
    if (term.kind == Kind::variable) {
      sum = sum + by[static_cast<size_t>(term.variable)] * term.coefficient;
      continue;
    }
    IndexExpr inner = term.inner->substitute(by);
    IndexExpr value = term.kind == Kind::quotient ? inner.divided_by(term.divisor) : inner.modulo(term.divisor);
    sum = sum + value * term.coefficient;
  }
  return sum;
}

bool IndexExpr::operator==(const IndexExpr& other) const {
  if (constant_ != other.constant_ || terms().size() != other.terms().size()) return false;
  for (size_t i = 0; i < terms().size(); ++i) {
    if (terms()[i].coefficient != other.terms()[i].coefficient || !same_base(terms()[i], other.terms()[i]))
      return false;
  }
  return true;
}

}  // namespace nnc
