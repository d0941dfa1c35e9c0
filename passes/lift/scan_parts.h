// A scan taken apart: its operands in the graph around it, and its body with what each operand is within.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

struct ScanOperand {
  Value outside;  ///< in the graph around the scan
  NodeId within;  ///< an input of the body
};

struct ScanParts {
  Graph* graph = nullptr;  ///< around the scan
  std::shared_ptr<Graph> body;
  std::vector<ScanOperand> states, sequences, invariants;
  std::vector<NodeId> next, outputs;  ///< of the body
  int64_t length = 0;
  bool reverse = false;

  /// Of the scan `node`, whose operands are these values of another graph.
  static ScanParts of(const Node& node, std::span<const Value> operands);

  /// The scan's tuple, where its sequences and invariants are those that the body reads.
  Value together() const;

  /// All that the nodes are computed from, and they themselves.
  std::set<NodeId> needed_by(const std::vector<NodeId>& nodes) const;
};

/// Which states and outputs are read, outside or by what is read.
struct LiveParts {
  std::set<size_t> states, outputs;

  std::vector<NodeId> results(const ScanParts& scan) const;
};

/// `used`: the parts of the scan's tuple that are read outside.
LiveParts live_parts(const ScanParts& scan, const std::set<size_t>& used);

/// Nodes of a body that become inputs of it.
struct NewInputs {
  std::vector<std::pair<NodeId, Value>> sequences, invariants;  ///< a node, and its value outside
  bool empty() const { return sequences.empty() && invariants.empty(); }
};

/// The scan with these inputs; `mapped` takes where each node of the old body went.
ScanParts with_inputs(const ScanParts& scan, const NewInputs& inputs);

}  // namespace nnc
