// Row kernels: one row space, reductions over its trailing axis, and what stands between them.
#pragma once

#include "passes/schedule/kernel_nodes.h"

namespace nnc {

/// Whether a group of kind rows is one row space with reductions over its last axis: else it is lowered piece by piece.
bool is_row_space(const Graph& graph, const KernelGroup& group);
/// R + [K], of a row kernel.
Shape row_space(const KernelNodes& nodes);
/// A row in vectors.
struct RowVectors {
  int lanes = 1;
  int64_t count = 1;
};
RowVectors row_vectors(const KernelNodes& nodes, const StepSizes& sizes);
/// Whether a row's elements can stay in registers: it is short, and every sum takes the same lanes, since the order of
/// a sum is that of its own element's.
bool fits_registers(const KernelNodes& nodes, const StepSizes& sizes);
/// Nodes whose elements several passes over a row use.
std::vector<NodeId> row_values(const KernelNodes& nodes);

}  // namespace nnc
