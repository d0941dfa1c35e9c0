#include "runtime/map_rows.h"

#include <algorithm>

#include "ir/op.h"
#include "runtime/row_function.h"

namespace nnc {

namespace {

constexpr int64_t kInterpretedElements = 1 << 16;  // below this the interpreter is done before LLVM has started

}  // namespace

std::string unchanged_source(const Graph& graph) {
  std::string source;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    const bool input = node.op == &op("input") && source.empty();
    if (!input && node.op != &op("cast") && node.op != &op("reshape")) return "";
    if (input) source = node.attributes.get<std::string>("path").substr(std::string("raw.").size());
  }
  return source;
}

std::map<std::string, const Column*> raw_inputs(const std::map<std::string, Column>& raw) {
  std::map<std::string, const Column*> inputs;
  for (const auto& [name, column] : raw) inputs["raw." + name] = &column;
  return inputs;
}

Column map_rows(const Graph& graph, const std::map<std::string, const Column*>& inputs, const RowValues& values,
                const BuildOptions& build, int64_t rows, const std::string& name, int64_t block) {
  const Type& type = graph.type(graph.result("value").id);
  std::vector<int64_t> sample;
  for (size_t axis = 1; axis < type.shape.size(); ++axis) sample.push_back(type.shape[axis].count);
  Column result = allocate_column(name, type.element, sample, rows);
  BuildOptions options = build;
  options.interpret = build.interpret || result.sample_size() * rows < kInterpretedElements;
  RowFunction function(graph, values.variables, values.settings, options, std::min(rows, block));
  function.read(inputs);
  int64_t width = result.sample_size() * byte_size(result.element);
  for (int64_t first = 0; first < rows; first += function.capacity()) {
    function.run(first, std::min(function.capacity(), rows - first), result.storage.data() + first * width);
  }
  return result;
}

}  // namespace nnc
