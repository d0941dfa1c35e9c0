#include "runtime/dataset/lossy_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/io/data_error.h"
#include "runtime/step/map_rows.h"
#include "support/error.h"

namespace nnc {

namespace {

/// Of f32's 24 bits these many at least must tell numbers of the data from each other.
constexpr double kFelt = 4096;

/// How far apart neighbours in f32 are there.
float step_at(double value) {
  const float magnitude = std::fabs(static_cast<float>(value));
  return std::nextafter(magnitude, INFINITY) - magnitude;
}

}  // namespace

std::vector<std::string> lossy_arguments(const Prediction& prediction, const BoundProgram& program,
                                         const Tensors& fitted) {
  std::vector<std::string> warnings;
  for (const PredictionInput& input : prediction.inputs) {
    if (!input.narrow || input.wider.empty()) continue;
    for (const Fit& fit : fits(program)) {
      const bool known = fit.variables.size() == 2 && fitted.contains(fit.variables[0]);
      const bool same = known && fit.variables[0].starts_with("data." + input.data + ".");
      if (!same || unchanged_source(fit.argument) != input.source) continue;
      const std::vector<double> shift = fitted.at(fit.variables[0]).numbers();
      const std::vector<double> scale = fitted.at(fit.variables[1]).numbers();
      size_t at = 0;
      while (at < shift.size() && std::fabs(shift[at]) <= kFelt * scale[at]) ++at;
      if (at == shift.size()) continue;
      warnings.push_back(text_warning(
          {input.origin.file, input.origin.line, input.origin.column},
          fmt::format(
              "'{}' is f32, which holds numbers near {} to the nearest {} only: too coarse for '{}', which is {}, "
              "with {} {}\n help: {}",
              input.name, shift[at], step_at(shift[at]), fit.variables[0], shift[at], fit.variables[1], scale[at],
              input.wider)));
      break;
    }
  }
  return warnings;
}

std::vector<std::string> lossy_arguments(const BoundProgram& program, const Tensors& fitted) {
  std::vector<std::string> warnings;
  for (const std::string& name : exported_functions(program)) {
    std::vector<std::string> more = lossy_arguments(lower_prediction(program, name), program, fitted);
    warnings.insert(warnings.end(), more.begin(), more.end());
  }
  return warnings;
}

}  // namespace nnc
