// Backpropagation against central differences, in f64: what `nnc check --gradients` does.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/explain/calculation.h"
#include "runtime/explain/compare_slopes.h"

namespace nnc {

/// A parameter or argument with the worst of its slopes.
struct CheckedGradient {
  std::string name;
  Type type;
  ComparedSlope worst;
};

struct GradientReport {
  std::string title;  ///< "loss of 8 samples", "bill"
  std::vector<CheckedGradient> gradients;
  /// Whole lines, only where a gradient does not agree: the ops whose own rule is wrong with their lines in the source,
  /// or else what cuts the path.
  std::vector<std::string> causes;

  bool agrees() const { return causes.empty(); }
};

/// Compares the gradient of the result by every parameter and argument. `calculation` is in f64 and not rounded; `seed`
/// chooses directions and elements. At a kink the documented slope need only lie between those of both sides.
GradientReport check_gradients(const Calculation& calculation, uint64_t seed);

/// The same of a program: the loss on a few rows with its start weights, or where there is no `train` every function
/// whose arguments all have defaults.
std::vector<GradientReport> check_gradients(SessionOptions options);

/// A table, a line a parameter; then what is wrong.
std::string report_text(const std::string& file, const GradientReport& report);

}  // namespace nnc
