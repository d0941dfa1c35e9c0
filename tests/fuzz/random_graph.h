// Seeded random well-typed graphs and inputs for them, for every folder's tests.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "ir/graph/graph.h"
#include "ir/graph/op.h"
#include "ir/interpret/interpret_graph.h"

namespace nnc {

struct RandomGraphOptions {
  int min_nodes = 5;
  int max_nodes = 60;
  Element element = Element::f32;
  bool batch = true;            ///< some axes are B
  bool differentiable = false;  ///< no kinks, ties or random numbers, so that any two derivatives can be compared
  bool trains = false;          ///< every variable gets a new value, by rules made of its gradient
};

/// A graph of about so many nodes over inputs "x0", "x1", … and variables "w0", …: all ops but gradient, ranks 0–4,
/// sizes 1, 3, 7, 8, 9, 17, 64; in some graphs half, most or all of the axes have one element. Tensors are often
/// reduced to a number or to axes of one element and spread again. Values stay finite: what grows or has a bounded
/// domain is fed through tanh, sigmoid or a shift first; what is not stands on the untaken side of a choice. Results:
/// "value0", … (what nothing else uses), and "loss", the mean of all of them. With `trains` also the variables' new
/// values, of `gradient` placeholders. The same seed gives the same graph.
Graph random_graph(uint64_t seed, const RandomGraphOptions& options = {});

/// A number of the domain, away from its ends.
double random_number(Domain domain, std::mt19937_64& generator);

/// Values for every reachable variable and input: floats of the domain (any: within ±2), i32 from −3 to 9, u8 0–255.
Tensors random_inputs(const Graph& graph, int64_t rows, uint64_t seed, Domain domain = Domain::any);

/// A direction: a number in (−1, 1) for each element of every float variable and input.
Tensors random_direction(const Graph& graph, int64_t rows, uint64_t seed);

}  // namespace nnc
