// What a training that meets a number that is not finite says of where it came from, and of what mends it.
#include <gtest/gtest.h>

#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

constexpr const char* kModel = "model net(x: f32[B, 1]) -> f32[B, 1] { param w: f32[1] = 1\n w * x }\n";

std::string table(const std::string& x, const std::string& y = "[[1], [2]]") {
  return "data d = table { x: f32[1] = " + x + "\n y: f32[1] = " + y + " }\n";
}

std::string train(const std::string& loss, const std::string& optimizer = "sgd(0.1)", const std::string& more = "") {
  return "train { data = d; batch = 2; epochs = 300; shuffle = false; loss = " + loss + "; optimizer = " + optimizer +
         "\n" + more + " }\n";
}

class NotFiniteTest : public testing::Test {
 protected:
  TrainResult trained(const std::string& program, SessionOptions options = {}) {
    options.file = folder_.write("p.nn", program);
    Session session(std::move(options));
    TrainRequest request;
    request.write_weights = false;
    request.on_note = [&](const std::string& note) { notes_ += note + "\n"; };
    TrainResult result = session.train(request);
    EXPECT_EQ(result.outcome.end, TrainEnd::not_finite);
    return result;
  }

  TempFolder folder_;
  std::string notes_;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(NotFiniteTest, AGuardedLogarithmIsNotToBlameForWeightsThatExplode) {
  TrainResult result = trained(table("[[0], [1], [2], [3]]", "[[0], [1], [2], [3]]") +
                               "fn safelog(x: f32[..S]) -> f32[..S] = where(x > 0, log(x), 0)\n"
                               "model net(x: f32[B, 1]) -> f32[B, 1] { param w: f32[1] = 1\n w * safelog(x) }\n" +
                               train("mse(net(x), y)", "sgd(1e3)"));
  EXPECT_FALSE(has(result.not_finite.first, "log")) << result.not_finite.first;
  EXPECT_TRUE(has(result.not_finite.first, " is too large for f32")) << result.not_finite.first;
  EXPECT_TRUE(has(result.not_finite.first, "(")) << result.not_finite.first;
  EXPECT_TRUE(has(result.not_finite.help, "a smaller learning rate")) << result.not_finite.help;
}

TEST_F(NotFiniteTest, AnInfiniteSlopeInTheFirstStepIsNoMatterOfTheRate) {
  TrainResult result = trained(table("[[1], [0]]") + kModel + train("mean(net(x)^0.5)"));
  EXPECT_EQ(result.outcome.broken, "net.w");
  EXPECT_TRUE(has(result.not_finite.first, "0^(-0.5) is infinite, in a slope")) << result.not_finite.first;
  EXPECT_FALSE(has(result.not_finite.help, "smaller learning rate")) << result.not_finite.help;
  EXPECT_TRUE(has(result.not_finite.help, "where(x > 0")) << result.not_finite.help;
}

TEST_F(NotFiniteTest, OutsideOfWhatAFunctionIsDefinedFor) {
  struct Case {
    const char *loss, *first, *help;
  };
  const Case cases[] = {
      {"mean(log(0 - net(x)))", "log(-1) is not defined", "above 0"},
      {"mean(log(net(x) - 1))", "log(0) is infinite", "above 0"},
      {"mean(1 / (net(x) - 1))", "1 / 0 is infinite", "divisor"},
      {"mean((net(x) - 1) / (net(x) - 1))", "0 / 0 is not defined", "divisor"},
      {"mean(sqrt(0 - net(x)))", "sqrt(-1) is not defined", "sqrt(max(x, 0))"},
      {"mean((0 - net(x))^0.3)", "(-1)^0.3 is not defined", "base"},
  };
  for (const Case& one : cases) {
    TrainResult result = trained(table("[[1], [2]]") + kModel + train(one.loss));
    EXPECT_EQ(result.outcome.steps, 0);
    EXPECT_TRUE(has(result.not_finite.first, one.first)) << one.loss << ": " << result.not_finite.first;
    EXPECT_TRUE(has(result.not_finite.first, "p.nn:5")) << one.loss << ": " << result.not_finite.first;
    EXPECT_TRUE(has(result.not_finite.help, one.help)) << one.loss << ": " << result.not_finite.help;
  }
}

TEST_F(NotFiniteTest, NumbersThatAreTooLargeFromTheStart) {
  std::string program = table("[[1e20], [2e20]]") + kModel;
  TrainResult result = trained(program + train("mse(net(x), y)"));
  EXPECT_TRUE(has(result.not_finite.first, "1e+20 * 1e+20 is too large for f32")) << result.not_finite.first;
  EXPECT_TRUE(has(result.not_finite.help, "standardize")) << result.not_finite.help;
  SessionOptions wide;
  wide.overrides.precision = Element::f64;
  result = trained(program + train("mean(net(x)^16)"), wide);
  EXPECT_TRUE(has(result.not_finite.first, " is too large for f64")) << result.not_finite.first;
  EXPECT_FALSE(has(result.not_finite.help, "compute in f64")) << result.not_finite.help;
}

TEST_F(NotFiniteTest, WhatTheStepIsGiven) {
  TrainResult result =
      trained(table("[[1], [2]]") + "model net(x: f32[B, 1]) -> f32[B, 1] { param w: f32[1] = exp(1000)\n w * x }\n" +
              train("mse(net(x), y)"));
  EXPECT_EQ(result.not_finite.first, "'net.w' f32[1]: it holds inf before the step");
  EXPECT_TRUE(has(result.not_finite.help, "initialiser")) << result.not_finite.help;
  result =
      trained("option rate: f32 = 1e39\n" + table("[[1], [2]]") + kModel + train("mse(net(x), y) + 1", "sgd(rate)"));
  EXPECT_EQ(result.not_finite.first, "'rate' f64[]: 1e+39 is too large for f32");
  EXPECT_TRUE(has(result.not_finite.help, "a smaller number there")) << result.not_finite.help;
}

TEST_F(NotFiniteTest, AnOptimizerOfItsOwn) {
  TrainResult result =
      trained(table("[[1], [2]]") + kModel + "optimizer signs(lr: f32 = 0.1)(w, g) { next w = w - lr * g / abs(g) }\n" +
              train("mse(net(x), y)", "signs(0.1)"));
  EXPECT_TRUE(has(result.not_finite.first, "/ 0 is not defined")) << result.not_finite.first;
  EXPECT_FALSE(has(result.not_finite.first, "in a slope")) << result.not_finite.first;
  EXPECT_TRUE(has(result.not_finite.help, "divisor")) << result.not_finite.help;
}

// The run's weights go back to the best epoch; the step that failed is still computed from those before it.
TEST_F(NotFiniteTest, AfterTheBestEpochWasRestored) {
  TrainResult result = trained(table("[[1], [2]]", "[[0], [0]]") + kModel +
                               train("mean(net(x)^4)", "sgd(0.3)",
                                     "valid = d\n stop = no_improvement(valid.loss, patience: 100, restore: best)"));
  EXPECT_TRUE(has(result.not_finite.first, " is too large for f32")) << result.not_finite.first;
}

TEST_F(NotFiniteTest, TheRandomNumbersOfTheStepAreDrawnAgain) {
  // The sum of the two kept or dropped numbers is 0 where both are dropped: the first time in step 3.
  TrainResult result = trained(
      "data d = table { x: f32[8] = [[1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8]]\n y: f32[1] = [[1], [2]] }\n"
      "model net(x: f32[B, 8]) -> f32[B, 8] { param w: f32[8] = 1\n w * x |> dropout(0.5) }\n" +
      train("mean(1 / sum(net(x)[.., 0..2], over: -1))", "sgd(0.1)", "clip = norm(1.0)"));
  EXPECT_TRUE(has(result.not_finite.first, "1 / 0 is infinite")) << result.not_finite.first;
}

TEST_F(NotFiniteTest, WhoClipsIsNotToldToClip) {
  TrainResult result =
      trained(table("[[1], [2]]") + kModel + train("mean(net(x)^4)", "sgd(1e15)", "clip = value(1e9)"));
  EXPECT_GT(result.outcome.steps, 0);
  EXPECT_TRUE(has(result.not_finite.help, "a smaller 'clip'")) << result.not_finite.help;
}

TEST_F(NotFiniteTest, AValidationThatIsNotFiniteIsSaidOnce) {
  folder_.write("e.csv", "x,y\n1,1\n2,2\n3,3\n4,4\n-1,1\n2,2\n");
  SessionOptions options;
  options.file = folder_.write(
      "v.nn",
      "data d = csv(\"e.csv\", split: {train: 0.67, valid: 0.33}) { x: f32[1] = column(\"x\")\n y: f32[1] = "
      "column(\"y\") }\n" +
          std::string(kModel) +
          "train { data = d.train; valid = d.valid; batch = 2; epochs = 3\n loss = mean((log(net(x)) - y)^2)\n"
          " optimizer = sgd(0.01) }\n");
  Session session(options);
  TrainRequest request;
  request.write_weights = false;
  request.on_note = [&](const std::string& note) { notes_ += note + "\n"; };
  EXPECT_EQ(session.train(request).outcome.end, TrainEnd::finished);
  EXPECT_TRUE(has(notes_, "warning: valid.loss of epoch 1 is not finite")) << notes_;
  EXPECT_FALSE(has(notes_, "epoch 2")) << notes_;
}

}  // namespace
}  // namespace nnc
