// Gradients that `differentiate` makes against forward mode (dual numbers) and central differences.
#pragma once

#include <string>

#include "ir/graph/graph.h"
#include "ir/interpret/interpret_graph.h"

namespace nnc {

/// Numbers for every input and variable that the graph reaches: floats in (0.1, 0.9) or, for weights and columns, in
/// (−1, 1), bytes, row numbers below `rows`, labels below 3. As many samples as rows.
Tensors network_inputs(const Graph& graph, int64_t rows, uint64_t seed);

/// A graph with gradient(loss, v) for every float variable v that the loss reaches, as results "d v" beside `loss`;
/// expanded by `differentiate`, and simplified if asked.
Graph slopes_of(const Graph& network, bool simplified);

/// What is wrong with the derivative of `loss` along a random direction, by reverse mode against the other two; or
/// nothing.
std::string wrong_slope(const Graph& slopes, int64_t rows, uint64_t seed);

}  // namespace nnc
