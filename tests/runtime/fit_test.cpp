#include "runtime/data/fit.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace nnc {
namespace {

/// All rows of a column of so many features.
struct Rows {
  Column column;
  std::vector<int32_t> rows;

  Rows(const std::vector<double>& values, int64_t features)
      : column(column_of("x", Element::f64, {features}, values)), rows(static_cast<size_t>(column.rows)) {
    std::iota(rows.begin(), rows.end(), 0);
  }
  FitInput input(std::string shift, std::string scale) const {
    return {column, rows, std::move(shift), std::move(scale), {}};
  }
};

TEST(Fit, StandardizeTakesMeanAndSampleDeviation) {
  const Rows rows({1, 10, 2, 20, 3, 30, 4, 40}, 2);
  const Fitted fitted = fit_standardize(rows.input("x.mean", "x.deviation"));
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
  const Rows rows({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}, 1);
  const Fitted fitted = fit_standardize(rows.input("m", "d"));
  EXPECT_EQ(fitted.shift.values[0], 1e9 + 10);
  EXPECT_DOUBLE_EQ(fitted.scale.values[0], std::sqrt(30.0));
}

TEST(Fit, ReadsOnlyTheRowsOfTheSplit) {
  Rows rows({1, 1000, 3, -1000}, 1);
  rows.rows = {0, 2};
  EXPECT_EQ(fit_standardize(rows.input("m", "d")).shift.values[0], 2);
  EXPECT_EQ(fit_minmax(rows.input("low", "width")).scale.values[0], 2);
}

TEST(Fit, MinmaxTakesTheRange) {
  const Rows rows({3, -1, 7, 5}, 1);
  const Fitted fitted = fit_minmax(rows.input("low", "width"));
  EXPECT_EQ(fitted.shift.values[0], -1);
  EXPECT_EQ(fitted.scale.values[0], 8);
}

}  // namespace
}  // namespace nnc
