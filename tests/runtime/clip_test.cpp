// `clip` at the ends of the numbers: the norm of gradients whose squares are no f32, or no f64.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>

#include "codegen/jit.h"
#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

struct Case {
  double scale;  ///< of gradients 3 and 4
  double clip;
};

/// The weights after w − lr · g with gradients 3 · scale and 4 · scale, clipped.
std::vector<double> clipped_step(double scale, const std::string& clip, double lr, SessionOptions options) {
  TempFolder folder;
  options.file = folder.write(
      "p.nn",
      fmt::format("data d = table {{ x: f32[2] = [[3, 4]] }}\n"
                  "model net(x: f32[B, 2]) -> f32[B] {{\n  param w: f32[2] = zeros\n  sum(x * w, over: -1) * {}\n}}\n"
                  "train {{ data = d; batch = 1; epochs = 1; loss = mean(net(x)); optimizer = sgd({}); clip = {} }}\n",
                  scale, lr, clip));
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  EXPECT_EQ(session.train(request).outcome.end, TrainEnd::finished);
  return read_weights(request.out_file).tensors.at("net.w").numbers();
}

void expect_step(const Case& given, Element precision) {
  for (bool interpret : {false, true}) {
    SessionOptions options;
    options.overrides.precision = precision;
    options.interpret = interpret;
    std::vector<double> w = clipped_step(given.scale, fmt::format("norm({})", given.clip), 1 / given.clip, options);
    double tolerance = precision == Element::f32 ? 3e-7 : 1e-15;
    EXPECT_NEAR(w[0], -0.6, tolerance) << given.scale << " to " << given.clip;
    EXPECT_NEAR(w[1], -0.8, tolerance) << given.scale << " to " << given.clip;
  }
}

TEST(Clip, GradientsOfEverySizeGetTheNormThatIsAskedFor) {
  for (const Case& given :
       {Case{1e20, 1}, {8e37, 1}, {8e37, 1e-3}, {8e37, 1e30}, {1, 1}, {1e-18, 1e-20}, {1e-25, 1e-26}, {1e-30, 1e-33}})
    expect_step(given, Element::f32);
  for (const Case& given : {Case{1e20, 1},
                            {1e200, 1},
                            {4e307, 1},
                            {4e307, 1e-250},
                            {4e307, 1e300},
                            {1, 1},
                            {1e-200, 1e-201},
                            {1e-290, 1e-300}})
    expect_step(given, Element::f64);
}

TEST(Clip, GradientsBelowTheBoundStayAsTheyAre) {
  for (Element precision : {Element::f32, Element::f64}) {
    SessionOptions options;
    options.overrides.precision = precision;
    EXPECT_EQ(clipped_step(0.25, "norm(2)", 1, options), (std::vector<double>{-0.75, -1}));
    EXPECT_EQ(clipped_step(0.25, "norm(1e300)", 1, options), (std::vector<double>{-0.75, -1}));
    EXPECT_EQ(clipped_step(0, "norm(1)", 1, options), (std::vector<double>{0, 0}));
  }
}

TEST(Clip, ParametersOfBothPrecisionsHaveOneNorm) {
  std::string program =
      "data d = table { x: f32[2] = [[3, 4]] }\n"
      "model net(x: f32[B, 2]) -> f32[B] {\n  param a: f32 = zeros\n  param b: f64 = zeros\n"
      "  (x[.., 0] * a + x[.., 1] * f32(b)) * 1e20\n}\n"
      "train { data = d; batch = 1; epochs = 1; loss = mean(net(x)); optimizer = sgd(1); clip = norm(1) }\n";
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", program);
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  session.train(request);
  auto weights = read_weights(request.out_file).tensors;
  EXPECT_NEAR(weights.at("net.a").number(0), -0.6, 1e-7);
  EXPECT_NEAR(weights.at("net.b").number(0), -0.8, 1e-7);
}

TEST(Clip, AGradientThatIsNotFiniteStopsTheTraining) {
  std::string program =
      "data d = table { x: f32[2] = [[3, 4]] }\n"
      "model net(x: f32[B, 2]) -> f32[B] {\n  param w: f32[2] = zeros\n  sum(sqrt(w) * x, over: -1)\n}\n"
      "train { data = d; batch = 1; epochs = 1; loss = mean(net(x)); optimizer = sgd(1); clip = norm(1) }\n";
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", program);
  EXPECT_EQ(test::train_file(options).outcome.end, TrainEnd::not_finite);
}

}  // namespace
}  // namespace nnc
