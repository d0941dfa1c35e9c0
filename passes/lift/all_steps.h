// A node of a scan's body as one value of all steps, in the graph around the scan.
#pragma once

#include <unordered_map>

#include "ir/graph/graph.h"
#include "passes/lift/scan_parts.h"

namespace nnc {

/// Whether the op can be applied to all steps at once.
bool works_on_all_steps(const Node& node);

class AllSteps {
 public:
  struct Steps {
    Value value;
    bool stacked = false;  ///< with the steps as its first axis; else the same in every step
  };

  explicit AllSteps(const ScanParts& scan);
  /// The node's value of each step, stacked.
  void know(NodeId id, Value stacked) { known_[id] = {stacked, true}; }
  /// Of a node that is computed from sequences, invariants and what is known.
  Steps of(NodeId id);
  /// As `of`, repeated for each step where it is the same in all.
  Value stacked(NodeId id);
  /// The sum over all steps of a contraction or a sum; of a node that `is_sum_of_steps` says so.
  Value summed(NodeId id);

 private:
  Value computed(const Node& node, const std::vector<Steps>& operands);
  Value repeated(const Steps& steps);

  const ScanParts& scan_;
  std::unordered_map<NodeId, Steps> known_;
};

}  // namespace nnc
