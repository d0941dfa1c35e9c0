// `fn f(x) = … grad(dy) { dx = … }`: what is said is what differentiation takes.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/runtime/library_functions.h"
#include "tests/runtime/program_folder.h"

namespace nnc::test {
namespace {

constexpr double kClose = 1e-12;
const Reals kX{0.3L, -1.2L, 0.8L, 2.1L};

Reals each(const Reals& x, const std::function<Real(Real)>& formula) {
  Reals result;
  for (Real one : x) result.push_back(formula(one));
  return result;
}

void expect_function(const std::string& text, const Reals& value, const Reals& slopes,
                     const Arguments& arguments = {{"x", {"[4]", kX}}}, const std::string& by = "x") {
  const Found found = run_function(text, arguments, by, Element::f64);
  expect_close(found.value, value, kClose, text);
  expect_close(found.slopes, slopes, kClose, "slopes of " + text);
}

TEST(OwnGradient, IsTakenInsteadOfTheDerivative) {
  const Reals value = each(kX, [](Real x) { return std::log1p(std::exp(x)); });
  expect_function("soft(x)\nfn soft(x: f32[N]) -> f32[N] = log1p(exp(x))\ngrad(dy) { dx = dy / (1 + exp(-x)) }", value,
                  each(kX, [](Real x) { return 1 / (1 + std::exp(-x)); }));
  expect_function("soft(x)\nfn soft(x: f32[N]) -> f32[N] = log1p(exp(x))\ngrad(dy) { dx = 7 * dy }", value,
                  Reals(4, 7));
}

/// Names of the function's block, its settings, and arguments that nothing reaches.
TEST(OwnGradient, SeesWhatTheFunctionSees) {
  const std::string text =
      "powered(3)(x, w)\n"
      "fn powered(n: int)(x: f32[N], w: f32[N]) -> f32[N] {\n  p = x^n\n  p * w\n}\n"
      "grad(dy) {\n  own = n * x^(n - 1)\n  dx = dy * own * w\n  dw = ";
  const Reals w{1.5L, 0.4L, -0.7L, 0.9L};
  Reals value, by_x, by_w;
  for (size_t i = 0; i < kX.size(); ++i) {
    value.push_back(std::pow(kX[i], 3.0L) * w[i]);
    by_x.push_back(3 * kX[i] * kX[i] * w[i]);
    by_w.push_back(std::pow(kX[i], 3.0L));
  }
  const Arguments arguments{{"x", {"[4]", kX}}, {"w", {"[4]", w}}};
  expect_function(text + "dy * p\n}", value, by_x, arguments, "x");
  expect_function(text + "dy * p\n}", value, by_w, arguments, "w");
  expect_function(text + "0\n}", value, Reals(4, 0), arguments, "w");
}

TEST(OwnGradient, HasAGradient) {
  expect_function(
      "grad(total)(x)\nfn cube(x: f32[N]) -> f32[N] = x^3\ngrad(dy) { dx = 3 * x^2 * dy }\n"
      "fn total(x: f32[N]) -> f32 = sum(cube(x))",
      each(kX, [](Real x) { return 3 * x * x; }), each(kX, [](Real x) { return 6 * x; }));
}

TEST(OwnGradient, StandsInAScan) {
  expect_function(
      "run(x)\nfn run(x: f32[T]) -> f32[T] {\n  scan h: f32 = 0 for xt in x along T { next h = doubled(h) + xt }\n}\n"
      "fn doubled(h: f32) -> f32 = h\ngrad(dy) { dh = 2 * dy }",
      {0.3L, -0.9L, -0.1L, 2}, {15, 7, 3, 1});
}

std::string train_text(const std::string& gradient) {
  return "data d = table { x: f32[1] = [[0.2], [0.9], [1.4], [2.2]]\n y: f32[1] = [[0], [2], [3], [4]] }\n"
         "fn rounded(x: f32[..S]) -> f32[..S] = floor(x + 0.5)\n" +
         gradient +
         "\nmodel net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1) |> rounded\n"
         "train { data = d; batch = 4; epochs = 200; loss = mse(net(x), y); optimizer = sgd(0.05) }\n";
}

/// A straight-through estimator: rounding has no slope that trains, and passes on what arrives.
TEST(OwnGradient, LetsARoundedValueTrain) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("a.nn", train_text("grad(dy) { dx = dy }"));
  EXPECT_LT(train_file(options).scores.at("train.loss"), 0.3);
  options.file = folder.write("b.nn", train_text(""));
  EXPECT_NE(thrown_by([&] { train_file(options); }).message.find("E0918"), std::string::npos);
}

}  // namespace
}  // namespace nnc::test
