#include "runtime/step/map_rows.h"

#include <algorithm>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"

namespace nnc {

namespace {

constexpr int64_t kInterpretedElements = 1 << 16;  // below this the interpreter is done before LLVM has started

}  // namespace

std::string unchanged_source(const Graph& graph) {
  std::string source;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    const bool input = role_of(node) == InputRole::raw && source.empty();
    if (!input && node.op != &op("cast") && node.op != &op("reshape")) return "";
    if (input) source = input_name(InputRole::raw, *leaf_path(node));
  }
  return source;
}

std::map<std::string, const Column*> raw_inputs(const std::map<std::string, Column>& raw) {
  std::map<std::string, const Column*> inputs;
  for (const auto& [name, column] : raw) inputs[input_path(InputRole::raw, name)] = &column;
  return inputs;
}

namespace {

/// The interpreter, where it is done before LLVM has started.
BuildOptions for_rows(const Graph& graph, const BuildOptions& build, int64_t rows) {
  int64_t elements = rows;
  const Shape& shape = graph.type(graph.result("value").id).shape;
  for (size_t axis = 1; axis < shape.size(); ++axis) elements *= shape[axis].count;
  BuildOptions options = build;
  options.interpret = build.interpret || elements < kInterpretedElements;
  return options;
}

}  // namespace

RowMap::RowMap(const Graph& graph, const RowValues& values, const BuildOptions& build, int64_t most_rows, int64_t block)
    : function_(graph, values.variables, values.settings, for_rows(graph, build, most_rows),
                std::min(most_rows, block)) {}

Column RowMap::column(const std::map<std::string, const Column*>& inputs, int64_t rows, const std::string& name) {
  Column result = allocate_column(name, function_.element(), function_.sample_shape(), rows);
  function_.read(inputs);
  const int64_t width = result.sample_size() * byte_size(result.element());
  for (int64_t first = 0; first < rows; first += function_.capacity()) {
    function_.run(first, std::min(function_.capacity(), rows - first), result.tensor.bytes.data() + first * width);
  }
  return result;
}

Column map_rows(const Graph& graph, const std::map<std::string, const Column*>& inputs, const RowValues& values,
                const BuildOptions& build, int64_t rows, const std::string& name, int64_t block) {
  return RowMap(graph, values, build, rows, block).column(inputs, rows, name);
}

}  // namespace nnc
