#include "runtime/data/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/io/data_error.h"

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
  const Type type(Element::f64, {Dim(features)});
  return {Tensor::zeros(type), Tensor(type, std::vector<double>(static_cast<size_t>(features), 1.0)), {}};
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

constexpr size_t kNamed = 3;

/// One warning however many they are: of MNIST's pixels 67 are white in every image.
void warn_of_constant(const FitInput& input, const std::vector<size_t>& features, Fitted& fitted) {
  if (features.empty()) return;
  const bool named = features.back() < input.feature_names.size();
  auto name = [&](size_t feature) { return named ? in_quotes(input.feature_names[feature]) : std::to_string(feature); };
  if (features.size() == 1) {
    fitted.warnings.push_back(fmt::format("feature {}{} is {} in every row of the train split: scale 1",
                                          name(features[0]), named ? "" : " (from 0)",
                                          fitted.shift.number(static_cast<int64_t>(features[0]))));
    return;
  }
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(features.size(), kNamed); ++i) shown.push_back(name(features[i]));
  const size_t more = features.size() - shown.size();
  fitted.warnings.push_back(
      fmt::format("{} of {} features are the same in every row of the train split: scale 1 for {}{}{}", features.size(),
                  input.values.sample_size(), fmt::join(shown, ", "),
                  more == 0 ? "" : fmt::format(" and {} more", more), named ? "" : " (from 0)"));
}

}  // namespace

Fitted fit_standardize(const FitInput& input) {
  Fitted fitted = start(input);
  const auto features = static_cast<size_t>(input.values.sample_size());
  const auto rows = static_cast<double>(input.rows.size());
  const std::span<double> mean = fitted.shift.values<double>(), deviation = fitted.scale.values<double>();
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
  std::vector<size_t> constant;
  for (size_t k = 0; k < features; ++k) {
    if (range.low[k] == range.high[k]) {
      mean[k] = range.low[k];
      constant.push_back(k);
      continue;
    }
    const double variance = (squares[k] - residue[k] * residue[k] / rows) / (rows - 1);
    mean[k] += residue[k] / rows;
    deviation[k] = variance > 0 ? std::sqrt(variance) : 1.0;
  }
  warn_of_constant(input, constant, fitted);
  return fitted;
}

Fitted fit_minmax(const FitInput& input) {
  Fitted fitted = start(input);
  const Bounds range = bounds(input);
  std::vector<size_t> constant;
  for (size_t k = 0; k < range.low.size(); ++k) {
    fitted.shift.values<double>()[k] = range.low[k];
    const double width = range.high[k] - range.low[k];
    if (width > 0) {
      fitted.scale.values<double>()[k] = width;
    } else {
      constant.push_back(k);
    }
  }
  warn_of_constant(input, constant, fitted);
  return fitted;
}

}  // namespace nnc
