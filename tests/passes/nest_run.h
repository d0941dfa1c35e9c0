// Runs a graph through fuse, vectorize and plan in the nest interpreter, beside the tensor interpreter.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/interpret/interpret_graph.h"
#include "ir/nest/nest_program.h"
#include "ir/nest/step_arguments.h"
#include "passes/pass.h"

namespace nnc {

/// The kernels of a graph as they would run: layout, fuse, vectorize, plan, each verified.
NestProgram lowered(const Graph& graph, const PassOptions& options);

/// Results by name after one step. Inputs by path: variables, columns, settings, `order`, `step`, `seed`; axes over B
/// have `rows` rows. Memory that no kernel has written holds NaN.
/// `runner` runs the step: the nest interpreter, unless another is given.
using StepRunner = std::function<int64_t(StepArguments&)>;
Tensors run_nests(const NestProgram& program, const Graph& graph, const Tensors& inputs, int64_t rows,
                  const StepRunner& runner = {});

/// Inputs for every variable and input of the graph, from a seed: floats in (−1, 1), row numbers and classes small.
Tensors sample_inputs(const Graph& graph, int64_t rows, uint32_t seed);

/// Names of results whose values differ by more than the tolerance (relative to the largest magnitude), or nothing.
std::string difference(const Tensors& a, const Tensors& b, double tolerance);

PassOptions options_for(Tier tier, int64_t capacity, bool exact, int64_t fuse_limit = -1);

}  // namespace nnc
