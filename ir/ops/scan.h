// The rules of `scan`, an op with a body.
#pragma once

#include "ir/graph/op.h"

namespace nnc {

Inferred infer_scan(std::span<const Type> operands, const Node& node);
Gradients vjp_scan(const Vjp& v);

/// How a scan's operands, body results and parts are laid out.
struct ScanLayout {
  size_t states = 0, sequences = 0, invariants = 0, outputs = 0;
  int64_t length = 0;
  bool reverse = false;

  /// Of a node that infer_scan accepts.
  static ScanLayout of(const Node& node);
};

/// The body's inputs that exist, by number: kNoNode where no result needs the input.
std::vector<NodeId> body_inputs(const Graph& body, size_t count);
/// Copies a body's results into another graph, its inputs replaced.
std::vector<Value> inlined(const Graph& body, Graph& target, std::span<const Value> inputs);

}  // namespace nnc
