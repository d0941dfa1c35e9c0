#include "runtime/data/fit.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc {
namespace {

TEST(Fit, StandardizeTakesMeanAndSampleDeviation) {
  const std::vector<double> values{1, 10, 2, 20, 3, 30, 4, 40};
  const Fitted fitted = fit_standardize(
      {.values = values, .features = 2, .shift_name = "x.mean", .scale_name = "x.deviation", .feature_names = {}});
  EXPECT_EQ(fitted.shift.name, "x.mean");
  EXPECT_EQ(fitted.scale.name, "x.deviation");
  EXPECT_EQ(fitted.shift.shape, (std::vector<int64_t>{2}));
  EXPECT_DOUBLE_EQ(fitted.shift.values[0], 2.5);
  EXPECT_DOUBLE_EQ(fitted.shift.values[1], 25);
  EXPECT_DOUBLE_EQ(fitted.scale.values[0], std::sqrt(5.0 / 3.0));
  EXPECT_DOUBLE_EQ(fitted.scale.values[1], 10 * std::sqrt(5.0 / 3.0));
  EXPECT_TRUE(fitted.warnings.empty());
}

TEST(Fit, StandardizeSurvivesALargeOffset) {
  const std::vector<double> values{1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
  const Fitted fitted =
      fit_standardize({.values = values, .features = 1, .shift_name = "m", .scale_name = "d", .feature_names = {}});
  EXPECT_EQ(fitted.shift.values[0], 1e9 + 10);
  EXPECT_DOUBLE_EQ(fitted.scale.values[0], std::sqrt(30.0));
}

TEST(Fit, MinmaxTakesTheRange) {
  const std::vector<double> values{3, -1, 7, 5};
  const Fitted fitted =
      fit_minmax({.values = values, .features = 1, .shift_name = "low", .scale_name = "width", .feature_names = {}});
  EXPECT_EQ(fitted.shift.values[0], -1);
  EXPECT_EQ(fitted.scale.values[0], 8);
}

}  // namespace
}  // namespace nnc
