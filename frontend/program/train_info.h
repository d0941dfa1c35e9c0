// What a program says of its training: the keys of `train`, its metrics, and what is expected of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// `train` as checked, with every default in place.
struct TrainInfo {
  std::string data, split;                    ///< "houses", "train" ("all" without a split)
  std::string valid, test;                    ///< split names, empty when none
  int64_t batch = 32, epochs = 0, steps = 0;  ///< one of epochs and steps is not 0
  uint64_t seed = 0;
  int64_t threads = 0;  ///< 0: as many as the machine has to give
  bool shuffle = true, evaluate_train = false;
  Element precision = Element::f32;
  struct Stop {
    std::string metric;  ///< "valid.mae"
    int64_t patience = 10;
    bool restore_best = false;
  };
  std::optional<Stop> stop;
};
struct MetricInfo {
  std::string name;
  bool higher_is_better = false;
  std::vector<std::string> totals;  ///< names of the totals in training and evaluation graphs, after "NAME."
  Graph combine;  ///< inputs `total.<name>` f64[] → `value` f64[]; empty graph: one plain weighted mean
};
struct ExpectInfo {
  std::string text;        ///< "valid.accuracy > 0.96"
  std::string left;        ///< "valid.accuracy", "train.loss"
  std::string comparison;  ///< "<", "<=", ">", ">=", "==", "!="
  double right = 0;
  Origin origin;
};

}  // namespace nnc
