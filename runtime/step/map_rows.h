// Applies a graph to whole columns, block by block: fields, and what preprocessing is fitted on.
#pragma once

#include <map>
#include <string>

#include "ir/graph/graph.h"
#include "runtime/data/column.h"
#include "runtime/step/executable.h"
#include "runtime/step/row_function.h"

namespace nnc {

constexpr int64_t kBlockRows = 256;

/// What a graph reads besides columns: `variable` nodes by path, `setting.<name>` inputs by name.
struct RowValues {
  const Tensors& variables;
  const std::map<std::string, double>& settings;
};

/// The raw source that the graph's value is as it stands, perhaps in another shape; "" where anything is computed.
std::string unchanged_source(const Graph& graph);

/// The raw columns as inputs of fields.
std::map<std::string, const Column*> raw_inputs(const std::map<std::string, Column>& raw);

/// A graph made ready for columns of up to `most_rows` rows: built once, whichever parts of the data it is applied to.
class RowMap {
 public:
  RowMap(const Graph& graph, const RowValues& values, const BuildOptions& build, int64_t most_rows,
         int64_t block = kBlockRows);

  /// The graph's result `value` for every given row, as a column called `name`. `inputs`: the column for each `input`
  /// node by path (f.e. "raw.image").
  Column column(const std::map<std::string, const Column*>& inputs, int64_t rows, const std::string& name);

 private:
  RowFunction function_;
};

/// A RowMap that is applied once.
Column map_rows(const Graph& graph, const std::map<std::string, const Column*>& inputs, const RowValues& values,
                const BuildOptions& build, int64_t rows, const std::string& name, int64_t block = kBlockRows);

}  // namespace nnc
