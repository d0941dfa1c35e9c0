// Preprocessing that is fitted on the train split: its numbers are named tensors in double, kept with the weights.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nnc {

/// A tensor in double under its path ("data.houses.x.mean").
struct FittedTensor {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<double> values;
};

struct Fitted {
  FittedTensor shift;  ///< subtracted first
  FittedTensor scale;  ///< divides then; never 0
  std::vector<std::string> warnings;
};

/// `values` are the rows of the train split, row-major, each of `features` numbers; at least one row. `names` are those
/// of the two tensors that result, of shape [features]; `feature_names` (may be empty) are for warnings.
struct FitInput {
  std::span<const double> values;
  int64_t features = 1;
  std::string shift_name, scale_name;
  std::vector<std::string> feature_names;
};

/// Mean and sample deviation (n − 1), in two passes with the mean corrected by the second. A constant feature, or a
/// single row, has scale 1, with a warning.
Fitted fit_standardize(const FitInput& input);

/// Lowest value and highest − lowest, so that the train split lies in 0..1. A constant feature has scale 1, with a
/// warning.
Fitted fit_minmax(const FitInput& input);

}  // namespace nnc
