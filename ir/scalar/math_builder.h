// Writes MathPrograms as formulas: a function takes terms and returns one; the element (f32 or f64) and whether
// products and sums fuse are their builder's.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>

#include "ir/scalar/math_program.h"

namespace nnc::math {

class MathBuilder;

struct Term {
  MathBuilder* builder = nullptr;
  MathStepId id = 0;
};

/// A value known to about twice its type's precision: high + low, |low| ≤ ulp(high) / 2 or so.
struct Pair {
  Term high, low;
};

class MathBuilder {
 public:
  MathBuilder(Element element, bool fma) : element_(element), fma_(fma) {}

  Element element() const { return element_; }
  bool single() const { return element_ == Element::f32; }
  bool has_fma() const { return fma_; }
  /// What follows computes in another element (casts between them: `cast`).
  void set_element(Element element) { element_ = element; }

  Term operand(uint32_t number);
  Term constant(double value);
  Term constant(double value, Element element);
  Term apply(Scalar function, std::initializer_list<Term> operands);
  Term cast(Term value, Element element);
  /// What `write` writes is the program's rare part (one at most), for operands where `when` holds: what is used of it
  /// later must be selects on `when`.
  void rarely(Term when, const std::function<void()>& write);
  MathProgram finish(Term result);

 private:
  Term add(MathStep step);

  Element element_;
  bool fma_;
  MathProgram program_;
};

Term operator+(Term a, Term b);
Term operator-(Term a, Term b);
Term operator*(Term a, Term b);
Term operator/(Term a, Term b);
Term operator-(Term a);
Term operator+(Term a, double b);
Term operator-(Term a, double b);
Term operator*(Term a, double b);
Term operator+(double a, Term b);
Term operator-(double a, Term b);
Term operator/(double a, Term b);
Term operator<(Term a, double b);
Term operator>(Term a, double b);
Term operator<=(Term a, double b);
Term operator>=(Term a, double b);
Term equals(Term a, Term b);
Term equals(Term a, double b);
Term both(Term a, Term b);
Term either(Term a, Term b);
Term inverse(Term a);  ///< logical not
Term absolute(Term a);
Term floor_of(Term a);
Term select(Term condition, Term yes, Term no);
Term select(Term condition, double yes, Term no);
Term select(Term condition, Term yes, double no);
/// a × b + c: fused where the builder fuses.
Term multiply_add(Term a, Term b, Term c);
Term multiply_add(Term a, double b, Term c);
Term multiply_add(Term a, Term b, double c);
/// coefficients[0] + coefficients[1] x + …, by Horner.
Term polynomial(Term x, std::span<const double> coefficients);

/// a × b and a + b without error.
Pair exact_product(Term a, Term b);
Pair exact_sum(Term a, Term b);
/// The same where |a| ≥ |b|.
Pair ordered_sum(Term a, Term b);

/// n, and n in the form that add_exponent takes.
struct Whole {
  Term number;
  Term shift;
};
/// The nearest whole number to x × factor, for |x × factor| < 2^21 (f32) or 2^50 (f64).
Whole nearest_whole(Term x, double factor);
Term scale(Term x, const Whole& power);  ///< x × 2^n, while the result is normal

}  // namespace nnc::math
