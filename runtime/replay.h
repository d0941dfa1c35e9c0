// Replaying a step in the tensor interpreter, to say where a run went wrong.
#pragma once

#include <map>
#include <string>

#include "ir/graph.h"
#include "runtime/split_view.h"
#include "runtime/state_block.h"
#include "runtime/trainer.h"

namespace nnc {

/// A step whose loss or update is not finite: the training graph, the weights before it, and what it read.
struct FailedStep {
  const Graph& training;
  const StateBlock& state;
  const SplitView& split;
  const std::map<std::string, double>& settings;
  uint64_t seed;
  const TrainOutcome& outcome;
};

/// "exp f32[100, 10] (mnist.nn:14, cross_entropy)": the first tensor that is not finite, of the step's loss or, where
/// that is finite, of its backward pass and update.
std::string name_first_not_finite(const FailedStep& step);

}  // namespace nnc
