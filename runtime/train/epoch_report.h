// What a person sees of an epoch.
#pragma once

#include <cstdint>

#include "runtime/train/evaluator.h"

namespace nnc {

struct EpochReport {
  int64_t epoch = 0;       ///< from 1
  int64_t epochs = 0;      ///< planned
  int64_t steps_done = 0;  ///< since the start
  double loss = 0;         ///< row-weighted mean of the epoch's step losses
  Scores train, valid;     ///< metrics; `valid` has "loss" too
  double seconds = 0;      ///< since the start
  int64_t rows_done = 0;
  bool restored = false;  ///< later epochs followed, and then its weights were put back
};

}  // namespace nnc
