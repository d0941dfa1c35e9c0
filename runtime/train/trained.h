// A program together with weights that it was trained to: what `nnc predict` and `nnc eval` start from. The data files
// are not needed: what was learnt about them stands in the weights' metadata (data_facts.h), beside the resolved
// options
// (<option>, train.<key>).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/train/session.h"
#include "runtime/weights/weights.h"

namespace nnc {

struct Trained {
  std::unique_ptr<Session> session;  ///< bound to the stored facts
  Weights weights;
  std::string file;

  const BoundProgram& program() const { return session->bound(); }
};

/// The facts of one data declaration; weights without them are a Failure (exit 1).
DataFacts stored_facts(const Trained& trained, const std::string& data);

using NoteSink = std::function<void(const std::string&)>;

/// Reads the weights and checks the program with the options that they were trained with, unless `options` says
/// otherwise; `note` (may be empty) hears of each that differs. Weights without facts are a Failure (exit 1).
Trained open_trained(SessionOptions options, const std::string& weights_file, const NoteSink& note);

/// The variables of all the graphs, which are the whole network, must be in the weights; one Failure (exit 1) lists
/// every difference. `note` hears of weights that are not finite.
void require_variables(const Trained& trained, const std::vector<const Graph*>& graphs, const NoteSink& note);

}  // namespace nnc
