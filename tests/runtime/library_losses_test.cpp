// Losses of the library against closed formulas, and their slopes against differences of those.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/runtime/library_functions.h"

namespace nnc::test {
namespace {

/// Of predictions and targets, three rows of four.
using Formula = std::function<Real(const Reals& p, const Reals& t)>;

struct Loss {
  std::string expression;
  Formula formula;
  Reals predictions, targets;
};

constexpr size_t kWidth = 4;

/// The mean over everything of a formula of one prediction and its target.
Formula mean_of(Real (*each)(Real p, Real t)) {
  return [each](const Reals& p, const Reals& t) {
    Real sum = 0;
    for (size_t i = 0; i < p.size(); ++i) sum += each(p[i], t[i]);
    return sum / static_cast<Real>(p.size());
  };
}

/// The mean over rows of a formula of a row.
Formula mean_of_rows(Real (*each)(const Real* p, const Real* t)) {
  return [each](const Reals& p, const Reals& t) {
    Real sum = 0;
    for (size_t i = 0; i < p.size(); i += kWidth) sum += each(&p[i], &t[i]);
    return sum * kWidth / static_cast<Real>(p.size());
  };
}

Real softplus(Real x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
Real log_cosh(Real e) { return std::fabs(e) + std::log1p(std::exp(-2 * std::fabs(e))) - std::log(2.0L); }
Real huber(Real e) { return std::fabs(e) <= 1 ? e * e / 2 : std::fabs(e) - 0.5L; }
Real margin(Real p, Real t) { return std::max<Real>(0, 1 - t * p); }

Real log_sum_exp(const Real* x) {
  const Real top = *std::max_element(x, x + kWidth);
  Real sum = 0;
  for (size_t k = 0; k < kWidth; ++k) sum += std::exp(x[k] - top);
  return top + std::log(sum);
}

Real kl(const Real* log_p, const Real* t) {
  Real sum = 0;
  for (size_t k = 0; k < kWidth; ++k) sum += t[k] == 0 ? 0 : t[k] * (std::log(t[k]) - log_p[k]);
  return sum;
}
Real kl_of_logits(const Real* x, const Real* t) {
  Reals l(x, x + kWidth);
  for (Real& one : l) one -= log_sum_exp(x);
  return kl(l.data(), t);
}
Real kl_of_shares(const Real* p, const Real* t) {
  Reals l(p, p + kWidth);
  for (Real& one : l) one = std::log(one);
  return kl(l.data(), t);
}

Real unlike(const Real* p, const Real* t) {
  Real pt = 0, pp = 0, tt = 0;
  for (size_t k = 0; k < kWidth; ++k) pt += p[k] * t[k], pp += p[k] * p[k], tt += t[k] * t[k];
  return 1 - pt / (std::max<Real>(std::sqrt(pp), 1e-8L) * std::max<Real>(std::sqrt(tt), 1e-8L));
}

/// Focal loss with the settings (gamma, alpha).
Real focal(Real x, Real t, Real gamma, Real alpha) {
  const Real one = std::pow(std::exp(-softplus(x)), gamma) * softplus(-x);
  const Real zero = std::pow(std::exp(-softplus(-x)), gamma) * softplus(x);
  return t == 1 ? alpha * one : (1 - alpha) * zero;
}

/// Cross entropy of classes 1, 0 and 3 with smoothing and weights 1, 5, 0.5, 2.
Real weighted_entropy(const Reals& x, Real smooth) {
  const Reals w{1, 5, 0.5L, 2};
  const size_t labels[] = {1, 0, 3};
  Real lost = 0, total = 0;
  for (size_t r = 0; r < 3; ++r) {
    const Real* row = &x[r * kWidth];
    total += w[labels[r]];
    lost += (1 - smooth) * w[labels[r]] * (log_sum_exp(row) - row[labels[r]]);
    for (size_t k = 0; k < kWidth; ++k) lost += smooth / kWidth * w[k] * (log_sum_exp(row) - row[k]);
  }
  return lost / total;
}
/// Of one row's shares with smoothing 0.1, weighed by 1, 5, 0.5 and 2.
Real weighted_shares(const Real* x, const Real* t) {
  const Reals w{1, 5, 0.5L, 2};
  Real lost = 0;
  for (size_t k = 0; k < kWidth; ++k) lost += w[k] * (0.9L * t[k] + 0.1L / kWidth) * (log_sum_exp(x) - x[k]);
  return lost;
}
Real shares(const Real* x, const Real* t) {
  Real lost = 0;
  for (size_t k = 0; k < kWidth; ++k) lost += t[k] * (log_sum_exp(x) - x[k]);
  return lost;
}
const Reals kLabels{0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1};

const Reals kNear{0.5L, -1.25L, 2, 0.75L, -0.5L, 1.5L, -3, 0.25L, 4, -2.5L, 1, -0.75L};
const Reals kFar{-1000, -100, -30, -4, -0.5L, 0.125L, 0.75L, 6, 25, 100, 1000, 0.375L};
const Reals kTargets{1, -2, 0.5L, 0.25L, 3, -1.5L, 1, 0, -2, 2, 0.125L, -4};
const Reals kSigns{1, -1, 1, -1, -1, 1, 1, -1, 1, 1, -1, -1};
const Reals kBits{1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0};
const Reals kShares{0.5L, 0, 0.25L, 0.25L, 0, 0, 1, 0, 0.125L, 0.375L, 0.25L, 0.25L};
const Reals kCounts{1, 0, 3, 2, 0, 5, 1, 0, 12, 7, 2, 1};

const std::vector<Loss>& losses() {
  static const std::vector<Loss> all{
      {"mse(p, t)", mean_of([](Real p, Real t) { return (p - t) * (p - t); }), kFar, kTargets},
      {"mae(p, t)", mean_of([](Real p, Real t) { return std::fabs(p - t); }), kFar, kTargets},
      {"huber(p, t)", mean_of([](Real p, Real t) { return huber(p - t); }), kFar, kTargets},
      {"log_cosh(p, t)", mean_of([](Real p, Real t) { return log_cosh(p - t); }), kFar, kTargets},
      {"log_cosh(p, 0 * p)", mean_of([](Real p, Real) { return log_cosh(p); }), kFar, {}},
      {"hinge(p, t)", mean_of(margin), kNear, kSigns},
      {"hinge(p, t)", mean_of(margin), kFar, kSigns},
      {"squared_hinge(p, t)", mean_of([](Real p, Real t) { return margin(p, t) * margin(p, t); }), kFar, kSigns},
      {"poisson(p, t)", mean_of([](Real p, Real t) { return std::exp(p) - t * p; }), kNear, kCounts},
      {"poisson(abs(p), t, of: count)",
       mean_of([](Real p, Real t) { return std::fabs(p) - t * std::log(std::fabs(p) + 1e-8L); }), kNear, kCounts},
      {"kl(logit(p), t)", mean_of_rows(kl_of_logits), kFar, kShares},
      {"kl(prob(p), t)",
       mean_of_rows(kl_of_shares),
       {0.25L, 0.25L, 0.375L, 0.125L, 1e-30L, 0.5L, 0.25L, 0.25L, 1, 0.5L, 0.25L, 0.125L},
       kShares},
      {"cosine_similarity(p, t)", mean_of_rows(unlike), kNear, kTargets},
      {"cosine_similarity(p, t)", mean_of_rows(unlike), kFar, kTargets},
      {"focal(logit(p), t)", mean_of([](Real p, Real t) { return focal(p, t, 2, 0.25L); }), kNear, kBits},
      {"focal(logit(p), t)", mean_of([](Real p, Real t) { return focal(p, t, 2, 0.25L); }), kFar, kBits},
      {"focal(0.5, alpha: 0.5)(logit(p), t)", mean_of([](Real p, Real t) { return focal(p, t, 0.5L, 0.5L); }), kFar,
       kBits},
      {"focal(gamma: 0)(logit(p), t)", mean_of([](Real p, Real t) { return focal(p, t, 0, 0.25L); }), kFar, kBits},
      {"bce(logit(p), t)", mean_of([](Real p, Real t) { return softplus(p) - t * p; }), kFar, kBits},
      {"bce(logit(p), t)", mean_of([](Real p, Real t) { return softplus(p) - t * p; }), kNear, kShares},
      {"bce(3)(logit(p), t)", mean_of([](Real p, Real t) { return 3 * t * softplus(-p) + (1 - t) * softplus(p); }),
       kFar, kBits},
      {"bce(prob(p), t, positive: 3)",
       mean_of([](Real p, Real t) { return -(3 * t * std::log(p) + (1 - t) * std::log1p(-p)); }),
       {0.25L, 0.5L, 0.375L, 0.125L, 0.0625L, 0.5L, 0.25L, 0.75L, 0.875L, 0.5L, 0.25L, 0.125L},
       kBits},
      {"cross_entropy(logit(p), argmax(logit(t)), weights: [1, 5, 0.5, 2])",
       [](const Reals& p, const Reals&) { return weighted_entropy(p, 0); }, kNear, kLabels},
      {"cross_entropy(0.1, weights: [1, 5, 0.5, 2])(logit(p), argmax(logit(t)))",
       [](const Reals& p, const Reals&) { return weighted_entropy(p, 0.1L); }, kFar, kLabels},
      {"cross_entropy(logit(p), t)", mean_of_rows(shares), kFar, kShares},
      {"cross_entropy(logit(p), t)", mean_of_rows(shares), kNear, kLabels},
      {"cross_entropy(0.1, weights: [1, 5, 0.5, 2])(logit(p), t)", mean_of_rows(weighted_shares), kNear, kShares},
  };
  return all;
}

void expect_loss(const Loss& loss, Element precision) {
  const bool exact = precision == Element::f64;
  Reals p = loss.predictions, t = loss.targets;
  for (Real& x : p) x = exact ? static_cast<double>(x) : static_cast<float>(x);
  Arguments arguments{{"p", {"[3, 4]", p}}};
  if (!t.empty()) arguments["t"] = {"[3, 4]", t};
  t.resize(p.size());
  Reals slopes;
  for (size_t i = 0; i < p.size(); ++i)
    slopes.push_back(difference_slope([&](const Reals& at) { return loss.formula(at, t); }, p, i));
  Found found = run_function(loss.expression, arguments, "p", precision);
  expect_close(found.value, {loss.formula(p, t)}, exact ? 1e-12 : 1e-6, loss.expression);
  expect_close(found.slopes, slopes, exact ? 1e-9 : 2e-6, "slope of " + loss.expression);
}

TEST(LibraryLosses, AgreeWithTheirFormulas) {
  for (const Loss& loss : losses()) {
    expect_loss(loss, Element::f64);
    expect_loss(loss, Element::f32);
  }
}

TEST(LibraryLosses, SlopesAtKinksAreTheDocumentedOnes) {
  for (Element precision : {Element::f64, Element::f32}) {
    auto slope = [&](const std::string& expression, Real p) {
      return run_function(expression, {{"p", {"[1]", {p}}}}, "p", precision).slopes.at(0);
    };
    EXPECT_EQ(slope("hinge(p, 0 * p + 1)", 1), 0);
    EXPECT_EQ(slope("squared_hinge(p, 0 * p + 1)", 1), 0);
    EXPECT_EQ(slope("log_cosh(p, 0 * p)", 0), 0);
    EXPECT_EQ(slope("bce(logit(p), 0 * p)", 0), 0.5);
    EXPECT_EQ(slope("cosine_similarity(p, 0 * p)", 0), 0);
  }
}

}  // namespace
}  // namespace nnc::test
