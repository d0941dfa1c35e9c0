// A compiled graph from rows to rows, run block by block: fields, what preprocessing is fitted on, predictions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/graph/graph.h"
#include "runtime/data/column.h"
#include "runtime/step/executable.h"
#include "runtime/step/state_block.h"

namespace nnc {

class RowFunction {
 public:
  /// `variables`: values of the `variable` nodes by path; `settings`: by name without "setting.". At most `capacity`
  /// rows a call.
  RowFunction(const Graph& graph, const Tensors& variables, const std::map<std::string, double>& settings,
              const BuildOptions& build, int64_t capacity);

  /// Binds each `input` node by path; the columns must outlive the calls.
  void read(const std::map<std::string, const Column*>& inputs);
  /// The result `value` for `rows` rows from `first` on, row-major, at `output`.
  void run(int64_t first, int64_t rows, void* output);

  int64_t capacity() const { return executable_.program().capacity; }
  int64_t bytes() const { return executable_.program().arena_bytes + executable_.program().state_bytes; }
  /// Of one row of the result; of the whole result where it has no axis of rows.
  const std::vector<int64_t>& sample_shape() const { return sample_shape_; }
  Element element() const { return element_; }
  bool by_row() const { return by_row_; }  ///< the result has a leading axis of rows

 private:
  Executable executable_;
  StateBlock state_;
  std::vector<double> settings_;
  std::vector<const Column*> columns_;
  std::vector<int64_t> sample_shape_;
  Element element_ = Element::f32;
  bool by_row_ = true;
};

}  // namespace nnc
