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
      : column(column_of("x", Element::f64, {features}, values)), rows(static_cast<size_t>(column.rows())) {
    std::iota(rows.begin(), rows.end(), 0);
  }
  FitInput input() const { return {column, rows, {}}; }
};

TEST(Fit, StandardizeTakesMeanAndSampleDeviation) {
  const Rows rows({1, 10, 2, 20, 3, 30, 4, 40}, 2);
  const Fitted fitted = fit_standardize(rows.input());
  EXPECT_EQ(fitted.shift.type, Type(Element::f64, {2}));
  EXPECT_DOUBLE_EQ(fitted.shift.number(0), 2.5);
  EXPECT_DOUBLE_EQ(fitted.shift.number(1), 25);
  EXPECT_DOUBLE_EQ(fitted.scale.number(0), std::sqrt(5.0 / 3.0));
  EXPECT_DOUBLE_EQ(fitted.scale.number(1), 10 * std::sqrt(5.0 / 3.0));
  EXPECT_TRUE(fitted.warnings.empty());
}

TEST(Fit, StandardizeSurvivesALargeOffset) {
  const Rows rows({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}, 1);
  const Fitted fitted = fit_standardize(rows.input());
  EXPECT_EQ(fitted.shift.number(0), 1e9 + 10);
  EXPECT_DOUBLE_EQ(fitted.scale.number(0), std::sqrt(30.0));
}

TEST(Fit, ReadsOnlyTheRowsOfTheSplit) {
  Rows rows({1, 1000, 3, -1000}, 1);
  rows.rows = {0, 2};
  EXPECT_EQ(fit_standardize(rows.input()).shift.number(0), 2);
  EXPECT_EQ(fit_minmax(rows.input()).scale.number(0), 2);
}

TEST(Fit, MinmaxTakesTheRange) {
  const Rows rows({3, -1, 7, 5}, 1);
  const Fitted fitted = fit_minmax(rows.input());
  EXPECT_EQ(fitted.shift.number(0), -1);
  EXPECT_EQ(fitted.scale.number(0), 8);
}

}  // namespace
}  // namespace nnc
