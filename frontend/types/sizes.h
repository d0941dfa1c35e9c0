// Sizes of axes: polynomials with integer coefficients over named symbols (B, F, C, …), in normal form, so that two
// sizes are equal exactly when their normal forms are. A quotient that can't be decided (H / 2 with H unknown) is a
// symbol of its own, equal to itself.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nnc {

class Size {
 public:
  /// Symbols with their exponents, sorted by name; empty: the constant term.
  using Monomial = std::vector<std::pair<std::string, int>>;

  Size(int64_t number = 0);  // NOLINT(google-explicit-constructor): a number is a size
  static Size symbol(std::string name);
  /// The size that some arithmetic beyond 2^63 would have: equal to nothing useful, reported as a limit.
  static Size overflow();

  friend Size operator+(const Size& a, const Size& b);
  friend Size operator-(const Size& a, const Size& b);
  friend Size operator*(const Size& a, const Size& b);

  /// a / b when b divides a, decided on the polynomials; nothing when it does not or can't be decided.
  std::optional<Size> divided_by(const Size& divisor) const;
  /// a / b with symbols or a number below the line, D/h or H/2; any other that can't be decided is a symbol.
  static Size quotient(const Size& a, const Size& b);
  /// Rounded down: what is whole stands outside, so that floor((H + 2)/2) is floor(H/2) + 1; the rest is a symbol.
  static Size floor_of(const Size& size);

  bool is_overflow() const { return overflow_; }
  std::optional<int64_t> number() const;
  bool mentions(const std::string& symbol) const;
  std::vector<std::string> symbols() const;
  /// Whether the data decides it, when it is read: a symbol such as "houses.F".
  bool is_of_data() const;
  /// The coefficient when the size is `coefficient * symbol`.
  std::optional<int64_t> multiple_of(const std::string& symbol) const;
  const std::map<Monomial, int64_t>& terms() const { return terms_; }
  bool operator==(const Size&) const = default;

 private:
  void add_term(const Monomial& monomial, int64_t coefficient);

  std::map<Monomial, int64_t> terms_;  ///< no zero coefficients
  bool overflow_ = false;
};

std::string to_string(const Size& size);  ///< "784", "B", "2*H + 1"

}  // namespace nnc
