// Names of kernels, as a person who knows the network would call them.
#pragma once

#include <string>

#include "ir/graph/partition.h"
#include "passes/unique_names.h"

namespace nnc {

/// "contract %z1 : f32[B, 10]", for the reason of a border.
std::string describe(const Graph& graph, NodeId node);

class KernelNames {
 public:
  explicit KernelNames(const Graph& graph) : graph_(graph) {}
  /// "forward_dense_0", "backward_relu", "update_dense_0_W": direction, then where it comes from; unique.
  std::string make(const KernelGroup& kernel);

 private:
  const Graph& graph_;
  UniqueNames names_;
};

}  // namespace nnc
