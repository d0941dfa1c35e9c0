#include "runtime/step/row_function.h"

#include <fmt/format.h>

#include "ir/graph/input_role.h"
#include "support/error.h"

namespace nnc {

RowFunction::RowFunction(const Graph& graph, const Tensors& variables, const std::map<std::string, double>& settings,
                         const BuildOptions& build, int64_t capacity)
    : executable_(Executable::build(graph, build, capacity, false)), state_(executable_.program()) {
  const Type& type = graph.type(graph.result("value").id);
  element_ = type.element;
  by_row_ = !type.shape.empty() && !type.shape[0].constant();
  for (size_t axis = by_row_ ? 1 : 0; axis < type.shape.size(); ++axis) sample_shape_.push_back(type.shape[axis].count);
  for (const std::string& path : state_.paths()) state_.write(path, variables.at(path));
  for (const Buffer* buffer : executable_.buffers(BufferRole::setting)) {
    auto found = settings.find(input_name(InputRole::setting, buffer->name));
    NNC_ASSERT(found != settings.end(), fmt::format("'{}' has no value", buffer->name));
    settings_.push_back(found->second);
  }
}

void RowFunction::read(const std::map<std::string, const Column*>& inputs) {
  columns_.clear();
  for (const Buffer* buffer : executable_.buffers(BufferRole::column)) {
    auto found = inputs.find(buffer->name);
    NNC_ASSERT(found != inputs.end(), fmt::format("'{}' is not there", buffer->name));
    NNC_ASSERT(found->second->element() == buffer->element, fmt::format("'{}' has another element type", buffer->name));
    int64_t sample = 1;
    for (size_t axis = 1; axis < buffer->shape.size(); ++axis) sample *= buffer->shape[axis].count;
    NNC_ASSERT(found->second->sample_size() == sample, fmt::format("'{}' has another shape", buffer->name));
    columns_.push_back(found->second);
  }
}

void RowFunction::run(int64_t first, int64_t rows, void* output) {
  std::vector<const void*> pointers;
  for (const Column* column : columns_) {
    pointers.push_back(column->tensor.bytes.data() + first * column->sample_size() * byte_size(column->element()));
  }
  StepArguments arguments;
  arguments.state = state_.data();
  arguments.columns = pointers.data();
  arguments.settings = settings_.data();
  arguments.outputs = &output;
  arguments.rows = rows;
  NNC_ASSERT(executable_.run(arguments) == 1, "a map over rows stopped early");
}

}  // namespace nnc
