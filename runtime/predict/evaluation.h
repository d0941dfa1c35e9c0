// The scores of a trained network on a split of its data or on a file: loss, metrics, and of classes what is confused
// with what.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/train/evaluator.h"
#include "runtime/train/trained.h"

namespace nnc {

struct EvaluateRequest {
  std::string weights_file;
  std::string input;  ///< a CSV file, or the folder of an IDX data set; empty: the program's data
  std::string split;  ///< "train", "valid", "test"; empty: test, else valid, else train
  NoteSink note;
};

struct Evaluation {
  std::string program, rows_of;  ///< "mnist", "mnist.test"
  int64_t rows = 0;
  Scores scores;
  std::vector<std::string> classes;             ///< names or numbers; empty where nothing is classified
  std::vector<std::vector<int64_t>> confusion;  ///< [true class][predicted class], rows counted
};

Evaluation evaluate(const SessionOptions& options, const EvaluateRequest& request);

/// Aligned text, and JSON.
std::string evaluation_text(const Evaluation& evaluation);
std::string evaluation_json(const Evaluation& evaluation);

}  // namespace nnc
