// Activations of the library against closed formulas, and their slopes against differences of those: at kinks as
// written down, where the numbers are large too.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/runtime/library_functions.h"

namespace nnc::test {
namespace {

using Formula = Real (*)(Real);

struct Activation {
  const char* expression;
  Formula formula;
  std::map<Real, Real> kinks = {};  ///< where the slope jumps, and what it is there
};

Real sigmoid(Real x) { return 1 / (1 + std::exp(-x)); }
Real softplus(Real x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
Real elu(Real x, Real alpha) { return x > 0 ? x : alpha * std::expm1(x); }
Real gelu_tanh(Real x) {
  return x / 2 * (1 + std::tanh(std::sqrt(2 / std::numbers::pi_v<Real>) * (x + 0.044715L * x * x * x)));
}

const std::vector<Activation>& activations() {
  static const std::vector<Activation> all{
      {"relu(x)", [](Real x) { return std::max<Real>(x, 0); }, {{0, 0}}},
      {"leaky_relu(x)", [](Real x) { return x > 0 ? x : 0.01L * x; }, {{0, 0.01L}}},
      {"threshold(x)", [](Real x) -> Real { return x > 0 ? 1 : 0; }, {{0, 0}}},
      {"elu(0.5)(x)", [](Real x) { return elu(x, 0.5L); }, {{0, 0.5L}}},
      {"selu(x)",
       [](Real x) { return 1.05070098735548049342L * elu(x, 1.67326324235437728482L); },
       {{0, 1.7580993408473766L}}},
      {"gelu(x)", [](Real x) { return x / 2 * std::erfc(-x / std::sqrt(2.0L)); }},
      {"gelu(x, form: tanh)", gelu_tanh},
      {"swish(x)", [](Real x) { return x * sigmoid(x); }},
      {"swish(beta: 2)(x)", [](Real x) { return x * sigmoid(2 * x); }},
      {"mish(x)", [](Real x) { return x * std::tanh(softplus(x)); }},
      {"softplus(x)", softplus},
      {"softplus(4)(x)", [](Real x) { return softplus(4 * x) / 4; }},
      {"softsign(x)", [](Real x) { return x / (1 + std::fabs(x)); }, {{0, 1}}},
      {"hard_sigmoid(x)", [](Real x) { return std::min<Real>(std::max<Real>(x / 6 + 0.5L, 0), 1); }, {{-3, 0}, {3, 0}}},
      {"hard_tanh(x)", [](Real x) { return std::min<Real>(std::max<Real>(x, -1), 1); }, {{-1, 0}, {1, 0}}},
      {"hard_tanh(-20, 3)(x)", [](Real x) { return std::min<Real>(std::max<Real>(x, -20), 3); }, {{-20, 0}, {3, 0}}},
      {"log_sigmoid(x)", [](Real x) { return -softplus(-x); }},
  };
  return all;
}

const Reals kGrid{-1e30L, -1000, -100, -20, -3, -1, -0.5L, -1 / 1024.0L, -0.0L, 0,
                  1e30L,  1000,  100,  20,  3,  1,  0.5L,  1 / 1024.0L,  5.5L,  -7.25L};

TEST(LibraryActivations, AgreeWithTheirFormulas) {
  for (Element precision : {Element::f64, Element::f32}) {
    const bool exact = precision == Element::f64;
    Reals grid = kGrid;
    for (Real& x : grid) x = exact ? x : static_cast<float>(x);
    for (const Activation& row : activations()) {
      Reals values, slopes;
      for (Real x : grid) {
        values.push_back(row.formula(x));
        auto kink = row.kinks.find(x);
        auto formula = [&](const Reals& at) { return row.formula(at[0]); };
        slopes.push_back(kink != row.kinks.end() ? kink->second : difference_slope(formula, {x}, 0));
      }
      Found found = run_function(row.expression, {{"x", {"[20]", grid}}}, "x", precision);
      expect_close(found.value, values, exact ? 1e-12 : 1e-6, row.expression);
      if (!found.slopes.empty())
        expect_close(found.slopes, slopes, exact ? 1e-9 : 2e-6, std::string("slope of ") + row.expression);
    }
  }
}

}  // namespace
}  // namespace nnc::test
