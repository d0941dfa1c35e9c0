// Loss and metrics of a whole split: totals over blocks in row order, added in f64, combined at the end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "runtime/step/steps.h"

namespace nnc {

/// "loss" and every metric by name.
using Scores = std::map<std::string, double>;

/// Combines totals into scores: those of a metric are called "metric.total", and the loss is "loss.sum" by "rows" and,
/// where it has quotients of sums over rows, each "loss.above.0" by "loss.below.0".
Scores combine_totals(const std::map<std::string, double>& totals, const std::vector<MetricInfo>& metrics);

/// Runs an evaluation variant (any number of rows up to its capacity) over the split, in file order; nothing where
/// `stop` became non-zero before its end.
std::optional<Scores> evaluate(Steps& evaluation, const SplitView& split, const std::vector<MetricInfo>& metrics,
                               const int32_t* stop = nullptr);

/// A warning of the metrics among scores ("valid.r2") that are not finite, while the loss of the split is; "" where all
/// are. `when` ends in a blank: "of epoch 3 ".
std::string not_finite_metrics(const Scores& scores, const std::string& when);

}  // namespace nnc
