// grad(f) as a value: against closed formulas, its own slopes too, in machine code of f64.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/runtime/library_functions.h"
#include "tests/runtime/program_folder.h"

namespace nnc::test {
namespace {

constexpr double kClose = 1e-12;

Given vector_of(const Reals& numbers) { return {"[" + std::to_string(numbers.size()) + "]", numbers}; }

Reals each(const Reals& x, const std::function<Real(Real)>& formula) {
  Reals result;
  for (Real one : x) result.push_back(formula(one));
  return result;
}

const Reals kX{0.3L, -1.2L, 0.8L, 2.1L};
const Reals kW{1.5L, 0.4L, -0.7L, 0.9L};

void expect_function(const std::string& text, const Arguments& arguments, const std::string& by, const Reals& value,
                     const Reals& slopes) {
  const Found found = run_function(text, arguments, by, Element::f64);
  expect_close(found.value, value, kClose, text);
  expect_close(found.slopes, slopes, kClose, "slopes of " + text);
}

TEST(GradientFunctions, AreByTheFirstArgument) {
  expect_function("grad(energy)(x)\nfn energy(x: f32[N]) -> f32 = sum(x^3 / 3 + exp(x))", {{"x", vector_of(kX)}}, "x",
                  each(kX, [](Real x) { return x * x + std::exp(x); }),
                  each(kX, [](Real x) { return 2 * x + std::exp(x); }));
}

TEST(GradientFunctions, AreByTheArgumentThatIsNamed) {
  Reals value, slopes;
  for (size_t i = 0; i < kX.size(); ++i) {
    const Real x = kX[i], w = kW[i];
    value.push_back(x * std::cos(x * w));
    slopes.push_back(std::cos(x * w) - x * w * std::sin(x * w));
  }
  expect_function("grad(wave, by: w)(x, w)\nfn wave(x: f32[N], w: f32[N]) -> f32 = sum(sin(x * w))",
                  {{"x", vector_of(kX)}, {"w", vector_of(kW)}}, "x", value, slopes);
}

/// What the other arguments were computed from is no path of the function's.
TEST(GradientFunctions, LeaveOutWhatLeadsPastTheFunction) {
  const Reals squares = each(kX, [](Real x) { return x * x; }), twice = each(kX, [](Real x) { return 2 * x; });
  expect_function("grad(product)(x, x * x)\nfn product(x: f32[N], r: f32[N]) -> f32 = sum(x * r)",
                  {{"x", vector_of(kX)}}, "x", squares, twice);
  expect_function(
      "grad(product)(x, grad(cube)(x) / 3)\nfn cube(x: f32[N]) -> f32 = sum(x^3)\n"
      "fn product(x: f32[N], r: f32[N]) -> f32 = sum(x * r)",
      {{"x", vector_of(kX)}}, "x", squares, twice);
  expect_function("grad(product)(x, 1 * x)\nfn product(x: f32[N], r: f32[N]) -> f32 = sum(x * r)",
                  {{"x", vector_of(kX)}}, "x", kX, Reals(kX.size(), 1));
}

TEST(GradientFunctions, HaveGradients) {
  expect_function("grad(grad(quartic))(x)\nfn quartic(x: f32) -> f32 = x^4 + sin(x)", {{"x", {"", {0.7L}}}}, "x",
                  {12 * 0.49L - std::sin(0.7L)}, {24 * 0.7L - std::cos(0.7L)});
}

Real log_sum_exp(const Reals& x) {
  Real sum = 0;
  for (Real one : x) sum += std::exp(one);
  return std::log(sum);
}

/// H v of log Σ exp x is p (v − p·v), where p is the softmax.
TEST(GradientFunctions, GiveTheHessianTimesAVector) {
  Reals p = each(kX, [](Real x) { return std::exp(x - log_sum_exp(kX)); }), value;
  Real along = 0;
  for (size_t i = 0; i < p.size(); ++i) along += p[i] * kW[i];
  for (size_t i = 0; i < p.size(); ++i) value.push_back(p[i] * (kW[i] - along));
  const std::string text =
      "grad(slope)(x, v)\nfn energy(x: f32[N]) -> f32 = log(sum(exp(x)))\n"
      "fn slope(x: f32[N], v: f32[N]) -> f32 = sum(grad(energy)(x) * v)";
  const Arguments arguments{{"x", vector_of(kX)}, {"v", vector_of(kW)}};
  const Found found = run_function(text, arguments, "v", Element::f64);
  expect_close(found.value, value, kClose, text);
  // Row sums of the Hessian are 0, and so is the slope of Σ H v by v.
  expect_close(found.slopes, Reals(kX.size(), 0), kClose, "slopes of " + text);
  // A gradient's differences say the same.
  for (size_t i = 0; i < kX.size(); ++i) {
    auto gradient = [&](const Reals& t) {
      Reals moved = kX;
      for (size_t k = 0; k < moved.size(); ++k) moved[k] += t[0] * kW[k];
      return std::exp(moved[i] - log_sum_exp(moved));
    };
    EXPECT_NEAR(found.value[i], static_cast<double>(difference_slope(gradient, {0}, 0, 1e-3L)), 1e-11) << i;
  }
}

/// A loss of the library: softmax − one hot, over the rows.
TEST(GradientFunctions, GoThroughTheLibrary) {
  Reals logits{0.2L, -0.4L, 1.1L, 0.9L, 0.1L, -2}, value;
  for (size_t row = 0; row < 2; ++row) {
    const Reals own(logits.begin() + static_cast<std::ptrdiff_t>(3 * row),
                    logits.begin() + static_cast<std::ptrdiff_t>(3 * row + 3));
    for (size_t k = 0; k < 3; ++k) {
      value.push_back((std::exp(own[k] - log_sum_exp(own)) - (k == (row == 0 ? 2U : 0U) ? 1 : 0)) / 2);
    }
  }
  const Found found =
      run_function("grad(loss)(x)\nfn loss(x: f32[N, 3]) -> f32 = cross_entropy(logit(x), argmax(logit(x)))",
                   {{"x", {"[2, 3]", logits}}}, "x", Element::f64);
  expect_close(found.value, value, kClose, "cross_entropy");
  expect_close(found.slopes, Reals(6, 0), kClose, "rows of a softmax add up to 1");
}

TEST(GradientFunctions, GoThroughTheIndexForm) {
  Reals value, slopes;
  for (size_t i = 0; i < kX.size(); ++i) {
    const Real x = kX[i], before = i > 0 ? kX[i - 1] : 0, behind = i + 1 < kX.size() ? kX[i + 1] : 0;
    value.push_back(before * before + 2 * x * behind);
    slopes.push_back((i > 0 ? 2 * kX[i - 1] : 0) + 2 * behind + (i + 1 < kX.size() ? 2 * x : 0));
  }
  expect_function("grad(chain)(x)\nfn chain(x: f32[4]) -> f32 = sum([i < 3] => x[i] * x[i] * x[i + 1])",
                  {{"x", vector_of(kX)}}, "x", value, slopes);
}

/// d/dx of Σ_t h_t with h_t = tanh(h_{t−1} + x_t).
Reals recurrence_slopes(const Reals& x) {
  Reals h, result(x.size());
  for (Real one : x) h.push_back(std::tanh((h.empty() ? 0 : h.back()) + one));
  Real carried = 0;
  for (size_t t = x.size(); t-- > 0;) carried = result[t] = (1 + carried) * (1 - h[t] * h[t]);
  return result;
}

TEST(GradientFunctions, GoThroughAScan) {
  const Found found = run_function(
      "grad(total)(x)\nfn total(x: f32[4]) -> f32 = sum(run(x))\n"
      "fn run(x: f32[T]) -> f32[T] {\n  scan h: f32 = 0 for xt in x along T { next h = tanh(h + xt) }\n}",
      {{"x", vector_of(kX)}}, "x", Element::f64);
  expect_close(found.value, recurrence_slopes(kX), kClose, "scan");
  auto sum = [](const Reals& x) {
    Real total = 0;
    for (Real one : recurrence_slopes(x)) total += one;
    return total;
  };
  for (size_t i = 0; i < kX.size(); ++i) {
    EXPECT_NEAR(found.slopes[i], static_cast<double>(difference_slope(sum, kX, i, 1e-3L)), 1e-11) << i;
  }
}

/// Steps down a slope within a scan, by the state and by what is the same in each step: h − r · ∂(Σ (a² h² / 2))/∂h,
/// and with ∂/∂a beside it.
TEST(GradientFunctions, StandInABodyOfAScan) {
  auto down = [](Real h, Real a, Real rate, bool by_weight) {
    Real sum = 0;
    for (int step = 0; step < 3; ++step) {
      h -= rate * (by_weight ? a * h * h : a * a * h);
      sum += h;
    }
    return sum;
  };
  for (const bool by_weight : {false, true}) {
    const std::string text = std::string(
                                 "sum(steps(x, a))\nfn half(h: f32[N], a: f32[N]) -> f32 = sum((a^2) * h^2) / 2\n"
                                 "fn steps(x: f32[N], a: f32[N]) -> f32[3, N] {\n  times = [t < 3] => f32(t)\n"
                                 "  scan h: f32[N] = x for t in times along 0 { next h = h - 0.1 * grad(half") +
                             (by_weight ? ", by: a" : "") + ")(h, a) }\n}";
    Real value = 0;
    for (size_t i = 0; i < kX.size(); ++i) value += down(kX[i], kW[i], 0.1L, by_weight);
    for (const char* by : {"x", "a"}) {
      const Found found = run_function(text, {{"x", vector_of(kX)}, {"a", vector_of(kW)}}, by, Element::f64);
      expect_close(found.value, {value}, kClose, text);
      for (size_t i = 0; i < kX.size(); ++i) {
        const bool of_x = std::string(by) == "x";
        auto formula = [&](const Reals& at) { return down(at[0], at[1], 0.1L, by_weight); };
        const Real slope = difference_slope(formula, {kX[i], kW[i]}, of_x ? 0 : 1, 1e-3L);
        EXPECT_NEAR(found.slopes[i], static_cast<double>(slope), 1e-10) << text << " by " << by << " " << i;
      }
    }
  }
}

std::string train_text(const std::string& definitions, const std::string& train) {
  return "data d = table {\n  x: f32[2] = [[1, 0.5], [-1, 0.2], [0.3, -0.8], [-0.6, -0.4]]\n"
         "  y: f32 = [1, -1, 0.5, -0.5]\n}\n" +
         definitions + "\ntrain {\n  data = d;  batch = 4\n" + train + "\n}\n";
}

std::map<std::string, double> scores_of(const std::string& text) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("a.nn", text);
  options.overrides.precision = Element::f64;
  return train_file(options).scores;
}

/// A critic whose slope by its input shall be 1 at each row (Gulrajani and others, 2017).
TEST(GradientFunctions, APenaltyOnASlopeTrains) {
  const std::string definitions =
      "model critic(x: f32[B, 2]) -> f32[B] = x |> dense(16) |> tanh |> dropout(0.1) |> dense(16) |> tanh |> dense(1) "
      "|> squeeze\n"
      "fn total(x: f32[B, 2]) -> f32 = sum(critic(x))\n"
      "fn penalty(x: f32[B, 2]) -> f32 = mean((sqrt(sum(grad(total)(x)^2, over: -1) + 1e-12) - 1)^2)";
  auto trained = [&](int epochs, const std::string& weight) {
    return scores_of(train_text(definitions, "  epochs = " + std::to_string(epochs) +
                                                 ";  valid = d.train;  loss = -mean(critic(x) * y) + " + weight +
                                                 " * penalty(x)\n  metrics = {penalty: penalty(x)}\n  optimizer = "
                                                 "adam(0.01)"));
  };
  const auto before = trained(1, "10"), after = trained(300, "10"), without = trained(300, "0");
  EXPECT_GT(before.at("valid.penalty"), 0.05);
  EXPECT_LT(after.at("valid.penalty"), 0.01);
  EXPECT_GT(without.at("valid.penalty"), 0.5);
}

/// The weights of (x·w)² y, after one step of a loss Σ(∂/∂w)²: closed, by the path of the parameter.
TEST(GradientFunctions, AreByAParameterToo) {
  const auto scores =
      scores_of(train_text("model net(x: f32[B, 2]) -> f32[B] { param w: f32[2] = ones\n x @ w }\n"
                           "fn fit(x: f32[B, 2], y: f32[B]) -> f32 = mean((net(x) - y)^2)",
                           "  steps = 1;  loss = sum(grad(fit, by: net.w)(x, y)^2);  optimizer = sgd(0)"));
  const Reals x{1, 0.5L, -1, 0.2L, 0.3L, -0.8L, -0.6L, -0.4L}, y{1, -1, 0.5L, -0.5L};
  Real slope[2] = {0, 0};
  for (size_t row = 0; row < 4; ++row) {
    const Real error = x[2 * row] + x[2 * row + 1] - y[row];
    for (size_t k = 0; k < 2; ++k) slope[k] += error * x[2 * row + k] / 2;
  }
  const Real wanted = slope[0] * slope[0] + slope[1] * slope[1];
  EXPECT_NEAR(scores.at("train.loss"), static_cast<double>(wanted), kClose);
}

}  // namespace
}  // namespace nnc::test
