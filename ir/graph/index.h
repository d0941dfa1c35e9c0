// Index expressions: which element of an operand an element of the result comes from. Movement ops describe themselves
// with these; the interpreter evaluates them, lowering turns them into subscripts. Sums of constant multiples of
// variables stay in affine form; a division or remainder is a term of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace nnc {

class IndexExpr {
 public:
  enum class Kind : uint8_t { variable, quotient, remainder };

  IndexExpr(int64_t constant = 0) : constant_(constant) {}  // NOLINT(google-explicit-constructor)
  static IndexExpr variable(int number);                    ///< the result's axis, or a loop, with this number

  friend IndexExpr operator+(const IndexExpr& a, const IndexExpr& b);
  friend IndexExpr operator*(const IndexExpr& a, int64_t factor);
  friend IndexExpr operator-(const IndexExpr& a, const IndexExpr& b) { return a + b * -1; }
  /// Rounded down, divisor > 0. Simplified where every term is a multiple of the divisor.
  IndexExpr divided_by(int64_t divisor) const;
  IndexExpr modulo(int64_t divisor) const;

  /// A term: coefficient × (variable | inner / divisor | inner mod divisor).
  struct Term;
  int64_t constant() const { return constant_; }
  const std::vector<Term>& terms() const;
  bool is_constant() const { return terms().empty(); }
  /// Only variables, no quotient or remainder.
  bool is_affine() const;
  /// Coefficient of a variable in affine form (0 when absent).
  int64_t coefficient(int variable) const;

  int64_t evaluate(std::span<const int64_t> variables) const;
  /// Each variable v replaced by `by[v]`.
  IndexExpr substitute(std::span<const IndexExpr> by) const;
  bool operator==(const IndexExpr& other) const;

 private:
  int64_t constant_ = 0;
  std::shared_ptr<const std::vector<Term>> terms_;
};

struct IndexExpr::Term {
  int64_t coefficient = 1;
  Kind kind = Kind::variable;
  int variable = 0;     ///< of a variable
  int64_t divisor = 1;  ///< of a quotient or remainder
  std::shared_ptr<const IndexExpr> inner;
};

/// 0 <= expr < extent, and expr divisible by `multiple` (interior padding).
struct IndexGuard {
  IndexExpr expr;
  int64_t extent = 0;
  int64_t multiple = 1;
};

}  // namespace nnc
