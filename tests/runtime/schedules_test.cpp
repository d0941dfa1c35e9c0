// What schedules of the library give over a run: with a gradient of 1, the weight is the sum of the rates.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

double rates_summed(const std::string& schedule) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("a.nn", R"(
data d = table { x: f32 = [1] }
model net(x: f32[B]) -> f32[B] {
  param a: f32 = 0
  a * x
}
train {
  data = d;  valid = d;  batch = 1;  epochs = 4
  loss = mean(net(x))
  optimizer = sgd()" + schedule + ")\n}\n");
  return -test::train_file(options).scores.at("valid.loss");
}

TEST(Schedules, CosineRisesOverTheWarmupAndFalls) {
  double falls = 0;
  for (int step = 2; step <= 4; ++step) falls += 0.5 * (1 + std::cos(std::numbers::pi * (step - 1) / 3));
  EXPECT_NEAR(rates_summed("cosine(1, warmup: 1)"), 1 + falls, 1e-6);
  EXPECT_NEAR(rates_summed("cosine(1)"), 1.5, 1e-6);
}

TEST(Schedules, CosineOnlyRisesWhereTheRunEndsWithinTheWarmup) {
  EXPECT_NEAR(rates_summed("cosine(1, warmup: 4)"), (1 + 2 + 3 + 4) / 4.0, 1e-6);
  EXPECT_NEAR(rates_summed("cosine(1, warmup: 6)"), (1 + 2 + 3 + 4) / 6.0, 1e-6);
}

}  // namespace
}  // namespace nnc
