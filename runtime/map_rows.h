// Applies a graph to whole columns, block by block: fields, what preprocessing is fitted on, and predictions.
#pragma once

#include <map>
#include <string>

#include "ir/graph.h"
#include "runtime/data/column.h"
#include "runtime/executable.h"
#include "runtime/state_block.h"

namespace nnc {

/// The graph's result `value` for every given row. `inputs`: the column for each `input` node by path (f.e.
/// "raw.image"); `variables`: values of the `variable` nodes by path. `seed` and `step` (1) serve random fields.
Column map_rows(const Graph& graph, const std::map<std::string, const Column*>& inputs,
                const std::map<std::string, HostTensor>& variables, const BuildOptions& build, int64_t rows,
                const std::string& name);

}  // namespace nnc
