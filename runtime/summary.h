// What `nnc summary` prints: a model's layers, their sizes and what a step costs, before anything runs.
#pragma once

#include <string>

#include "ir/graph.h"
#include "runtime/session.h"

namespace nnc {

/// Floating-point operations of one evaluation of everything the graph's results reach, with B = `rows`: a contraction
/// is 2 for each product that it adds up, an elementwise op 1 an element of its result, a reduction 1 an element of its
/// operand; moving data is free.
double count_operations(const Graph& graph, int64_t rows);

/// The table and the figures below it. Without the data the sizes that it decides stay names and what a step costs is
/// left out, with a note that says so.
std::string summarize(Session& session);

}  // namespace nnc
