#include "runtime/data/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/data/data_error.h"

namespace nnc {
namespace {

/// Calls `feature(k, value)` for every feature of every row, in order.
template <typename Feature>
void for_each_value(const FitInput& input, const Feature& feature) {
  const int64_t features = input.values.sample_size();
  for (const int32_t row : input.rows) {
    for (int64_t k = 0; k < features; ++k) feature(static_cast<size_t>(k), input.values.number(row * features + k));
  }
}

Fitted start(const FitInput& input) {
  const int64_t features = input.values.sample_size();
  NNC_ASSERT(features > 0 && !input.rows.empty(), "nothing to fit");
  const auto count = static_cast<size_t>(features);
  return {{input.shift_name, {features}, std::vector<double>(count, 0.0)},
          {input.scale_name, {features}, std::vector<double>(count, 1.0)},
          {}};
}

struct Bounds {
  std::vector<double> low, high;
};

Bounds bounds(const FitInput& input) {
  const auto features = static_cast<size_t>(input.values.sample_size());
  Bounds result{std::vector<double>(features, std::numeric_limits<double>::infinity()),
                std::vector<double>(features, -std::numeric_limits<double>::infinity())};
  for_each_value(input, [&](size_t k, double value) {
    result.low[k] = std::min(result.low[k], value);
    result.high[k] = std::max(result.high[k], value);
  });
  return result;
}

void warn_of_constant(const FitInput& input, size_t feature, double value, Fitted& fitted) {
  const std::string name = feature < input.feature_names.size() ? in_quotes(input.feature_names[feature])
                                                                : fmt::format("{} (from 0)", feature);
  fitted.warnings.push_back(fmt::format("feature {} is {} in every row of the train split: scale 1", name, value));
}

}  // namespace

Fitted fit_standardize(const FitInput& input) {
  Fitted fitted = start(input);
  const auto features = static_cast<size_t>(input.values.sample_size());
  const auto rows = static_cast<double>(input.rows.size());
  std::vector<double>& mean = fitted.shift.values;
  std::vector<double>& deviation = fitted.scale.values;
  for_each_value(input, [&](size_t k, double value) { mean[k] += value; });
  for (double& value : mean) value /= rows;
  std::vector<double> residue(features, 0.0);
  std::vector<double> squares(features, 0.0);
  for_each_value(input, [&](size_t k, double value) {
    const double difference = value - mean[k];
    residue[k] += difference;
    squares[k] += difference * difference;
  });
  const Bounds range = bounds(input);
  for (size_t k = 0; k < features; ++k) {
    if (range.low[k] == range.high[k]) {
      mean[k] = range.low[k];
      warn_of_constant(input, k, mean[k], fitted);
      continue;
    }
    const double variance = (squares[k] - residue[k] * residue[k] / rows) / (rows - 1);
    mean[k] += residue[k] / rows;
    deviation[k] = variance > 0 ? std::sqrt(variance) : 1.0;
  }
  return fitted;
}

Fitted fit_minmax(const FitInput& input) {
  Fitted fitted = start(input);
  const Bounds range = bounds(input);
  for (size_t k = 0; k < range.low.size(); ++k) {
    fitted.shift.values[k] = range.low[k];
    const double width = range.high[k] - range.low[k];
    if (width > 0) {
      fitted.scale.values[k] = width;
    } else {
      warn_of_constant(input, k, range.low[k], fitted);
    }
  }
  return fitted;
}

}  // namespace nnc
