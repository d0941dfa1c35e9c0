// The reverse derivative of a graph's results against forward mode and central differences.
#pragma once

#include "ir/graph/graph.h"
#include "ir/interpret/interpret_graph.h"

namespace nnc {

/// The graph with its float results folded into one number "loss" (Σ weight · element, the weights fixed), and the
/// gradient of that number by each float leaf as the result "d path".
Graph with_gradients(const Graph& graph);

/// Σ gradient · direction of a graph made by with_gradients.
double reverse_slope(const Graph& gradients, const Tensors& inputs, const Tensors& direction, int64_t rows);
/// The same number by dual numbers, and by central differences.
double forward_slope(const Graph& gradients, const Tensors& inputs, const Tensors& direction, int64_t rows);
double difference_slope(const Graph& gradients, const Tensors& inputs, const Tensors& direction, int64_t rows);

/// Whether two derivatives agree to this relative tolerance.
bool agree(double a, double b, double tolerance);

}  // namespace nnc
