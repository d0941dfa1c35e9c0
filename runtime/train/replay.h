// Replaying a step in the tensor interpreter, to say where a run went wrong.
#pragma once

#include <map>
#include <string>

#include "ir/graph/graph.h"
#include "runtime/step/split_view.h"
#include "runtime/step/state_block.h"
#include "runtime/train/trainer.h"

namespace nnc {

/// A step whose loss or update is not finite: the training graph, the weights before it, and what it read.
struct FailedStep {
  const Graph& training;
  const StateBlock& state;  ///< before the step
  const SplitView& split;
  const std::map<std::string, double>& settings;
  uint64_t seed;
  const TrainOutcome& outcome;
  bool from_file;  ///< the run began with weights of --init
};

/// What to say of it.
struct NotFinite {
  std::string first;  ///< "exp f32[100, 10] (mnist.nn:14, cross_entropy): exp(120.5) is too large for f32"
  std::string help;   ///< what mends it, a line
};

/// The first value that is not finite and reaches the loss or, where that is finite, the weight that breaks; how it
/// came about: too large, not defined, or given so.
NotFinite explain_not_finite(const FailedStep& step);

}  // namespace nnc
