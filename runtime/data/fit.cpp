#include "runtime/data/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/data/data_error.h"

namespace nnc {
namespace {

Fitted start(const FitInput& input) {
  const auto features = static_cast<size_t>(input.features);
  NNC_ASSERT(features > 0 && !input.values.empty() && input.values.size() % features == 0, "rows of another size");
  return {{input.shift_name, {input.features}, std::vector<double>(features, 0.0)},
          {input.scale_name, {input.features}, std::vector<double>(features, 1.0)},
          {}};
}

struct Bounds {
  std::vector<double> low, high;
};

Bounds bounds(const FitInput& input) {
  const auto features = static_cast<size_t>(input.features);
  const auto first = input.values.first(features);
  Bounds result{{first.begin(), first.end()}, {first.begin(), first.end()}};
  for (size_t i = 0; i < input.values.size(); ++i) {
    result.low[i % features] = std::min(result.low[i % features], input.values[i]);
    result.high[i % features] = std::max(result.high[i % features], input.values[i]);
  }
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
  const auto features = static_cast<size_t>(input.features);
  const size_t count = input.values.size() / features;
  const auto rows = static_cast<double>(count);
  std::vector<double>& mean = fitted.shift.values;
  std::vector<double>& deviation = fitted.scale.values;
  for (size_t i = 0; i < input.values.size(); ++i) mean[i % features] += input.values[i];
  for (double& value : mean) value /= rows;
  std::vector<double> residue(features, 0.0);
  std::vector<double> squares(features, 0.0);
  for (size_t i = 0; i < input.values.size(); ++i) {
    const double difference = input.values[i] - mean[i % features];
    residue[i % features] += difference;
    squares[i % features] += difference * difference;
  }
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
