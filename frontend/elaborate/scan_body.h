// From nodes that a scan's body made in the graph around it to the scan: the body is elaborated once, over inputs that
// stand for the states and for one element of each sequence, and what it reads of the graph around it stays there.
#pragma once

#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

struct ScanNodes {
  std::vector<Value> states;           ///< before the first step
  std::vector<Value> state_inputs;     ///< what stands for them in the body
  std::vector<Value> sequences;        ///< steps along the first axis
  std::vector<Value> sequence_inputs;  ///< what stands for one element
  std::vector<Value> next;             ///< the states after a step
  int64_t length = 0;
  bool backwards = false;
};

/// The scan: its states after the last step, then every state stacked along a leading axis. What of the body depends on
/// no input of it is computed once, outside, but for constants and what is only repeated.
Value scan_of(Graph& graph, const ScanNodes& nodes, const std::string& name);

}  // namespace nnc
