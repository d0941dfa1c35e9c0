#include "runtime/map_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "support/error.h"

namespace nnc {

namespace {

constexpr int64_t kBlockRows = 256;
constexpr int64_t kInterpretedElements = 1 << 16;  // below this the interpreter is done before LLVM has started

int64_t sample_bytes(const Column& column) { return column.sample_size() * byte_size(column.element); }

/// What the blocks of one call share.
struct Blocks {
  std::vector<const Column*> columns;
  Column result;

  void run(const Executable& executable, StateBlock& state, int64_t first, int64_t rows) {
    std::vector<const void*> pointers;
    for (const Column* column : columns) pointers.push_back(column->storage.data() + first * sample_bytes(*column));
    void* output = result.storage.data() + first * sample_bytes(result);
    StepArguments arguments;
    arguments.state = state.data();
    arguments.columns = pointers.data();
    arguments.outputs = &output;
    arguments.rows = rows;
    NNC_ASSERT(executable.run(arguments) == 1, "a map over rows stopped early");
  }
};

}  // namespace

Column map_rows(const Graph& graph, const std::map<std::string, const Column*>& inputs,
                const std::map<std::string, HostTensor>& variables, const BuildOptions& build, int64_t rows,
                const std::string& name) {
  const Type& type = graph.type(graph.result("value").id);
  std::vector<int64_t> sample;
  for (size_t axis = 1; axis < type.shape.size(); ++axis) sample.push_back(type.shape[axis].count);
  Blocks blocks{{}, allocate_column(name, type.element, sample, rows)};
  BuildOptions options = build;
  options.interpret = build.interpret || blocks.result.sample_size() * rows < kInterpretedElements;
  int64_t capacity = std::min(rows, kBlockRows);
  Executable executable = Executable::build(graph, options, capacity, false);
  StateBlock state(executable.program());
  for (const std::string& path : state.paths()) state.write(path, variables.at(path));
  for (const Buffer* buffer : executable.buffers(BufferRole::column)) {
    auto found = inputs.find(buffer->name);
    NNC_ASSERT(found != inputs.end(), fmt::format("'{}' reads '{}', which the data lacks", name, buffer->name));
    NNC_ASSERT(found->second->element == buffer->element, fmt::format("'{}' has another element type", buffer->name));
    blocks.columns.push_back(found->second);
  }
  for (int64_t first = 0; first < rows; first += capacity) {
    blocks.run(executable, state, first, std::min(capacity, rows - first));
  }
  return std::move(blocks.result);
}

}  // namespace nnc
