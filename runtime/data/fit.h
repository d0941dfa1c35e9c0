// Preprocessing that is fitted on the train split: its numbers are named tensors in double, kept with the weights.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "runtime/data/column.h"

namespace nnc {

/// A tensor in double under its path ("data.houses.x.mean").
/// One f64 a feature.
struct Fitted {
  Tensor shift;                       ///< subtracted first
  Tensor scale;                       ///< divides then; never 0
  std::vector<std::string> warnings;  ///< one at most, of all constant features
};

/// `rows` are those of the train split, at least one, as places in `values`; each sample's elements are its features,
/// whose names (there may be none) are for warnings. The column is read in place: it may be most of what fits in
/// memory.
struct FitInput {
  const Column& values;
  std::span<const int32_t> rows;
  std::vector<std::string> feature_names;
};

/// Mean and sample deviation (n − 1), in two passes with the mean corrected by the second. A constant feature, or a
/// single row, has scale 1, with a warning.
Fitted fit_standardize(const FitInput& input);

/// Lowest value and highest − lowest, so that the train split lies in 0..1. A constant feature has scale 1, with a
/// warning.
Fitted fit_minmax(const FitInput& input);

}  // namespace nnc
