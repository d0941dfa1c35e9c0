#include "runtime/map_rows.h"

#include <algorithm>

#include "runtime/row_function.h"

namespace nnc {

namespace {

constexpr int64_t kBlockRows = 256;
constexpr int64_t kInterpretedElements = 1 << 16;  // below this the interpreter is done before LLVM has started

}  // namespace

Column map_rows(const Graph& graph, const std::map<std::string, const Column*>& inputs, const RowValues& values,
                const BuildOptions& build, int64_t rows, const std::string& name) {
  const Type& type = graph.type(graph.result("value").id);
  std::vector<int64_t> sample;
  for (size_t axis = 1; axis < type.shape.size(); ++axis) sample.push_back(type.shape[axis].count);
  Column result = allocate_column(name, type.element, sample, rows);
  BuildOptions options = build;
  options.interpret = build.interpret || result.sample_size() * rows < kInterpretedElements;
  RowFunction function(graph, values.variables, values.settings, options, std::min(rows, kBlockRows));
  function.read(inputs);
  int64_t width = result.sample_size() * byte_size(result.element);
  for (int64_t first = 0; first < rows; first += function.capacity()) {
    function.run(first, std::min(function.capacity(), rows - first), result.storage.data() + first * width);
  }
  return result;
}

}  // namespace nnc
