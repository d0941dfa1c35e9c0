// Predictions: rows of a file through the stored preprocessing and a function of the program, out as CSV.
#pragma once

#include <string>

#include "runtime/train/trained.h"

namespace nnc {

struct PredictRequest {
  std::string weights_file;
  std::string input;   ///< CSV, IDX or NPY, plain or .gz; "-" standard input; empty: a split of the program's own data
  std::string output;  ///< "" and "-": standard output
  std::string function;  ///< empty: `export fn predict`, else the model after the data's fields
  int64_t block = 1024;  ///< rows at a time; the results are the same bits whatever it is
  bool force = false;    ///< replace a file that is no earlier output
  NoteSink note;
};

struct PredictResult {
  int64_t rows = 0;
  double kernel_seconds = 0;  ///< of the wall clock, in compiled code
};

/// Runs the function on every row and writes one line a row, after a header: class names where labels were text, else
/// numbers; prob, logit and other tensors one column an element. Where a row's result depends on other rows all rows
/// are one block; more than kWholeRows of them are a Failure (exit 1) that names what mixes them.
PredictResult predict(const SessionOptions& options, const PredictRequest& request);

inline constexpr int64_t kWholeRows = 65536;

}  // namespace nnc
