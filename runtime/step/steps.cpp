#include "runtime/step/steps.h"

#include <fmt/format.h>

#include "ir/graph/input_role.h"
#include "ir/scalar/elements.h"
#include "support/error.h"

namespace nnc {

namespace {

int64_t elements(const Buffer& buffer) {
  int64_t count = 1;
  for (const Dim& dim : buffer.shape) count *= dim.count;
  return count;
}

}  // namespace

Steps::Steps(const Executable& executable, StateBlock& state, const SplitView& split,
             const std::map<std::string, double>& settings, uint64_t seed)
    : executable_(&executable), state_(&state), outputs_(executable.buffers(BufferRole::output)), seed_(seed) {
  for (const Buffer* buffer : executable.buffers(BufferRole::column)) {
    auto found = split.columns.find(buffer->name);
    NNC_ASSERT(found != split.columns.end(), fmt::format("the step reads '{}', which the data lacks", buffer->name));
    NNC_ASSERT(found->second->element() == buffer->element, fmt::format("'{}' has another element type", buffer->name));
    columns_.push_back(found->second->tensor.bytes.data());
  }
  for (const Buffer* buffer : executable.buffers(BufferRole::setting)) {
    auto found = settings.find(input_name(InputRole::setting, buffer->name));
    NNC_ASSERT(found != settings.end(), fmt::format("the step reads '{}', which has no value", buffer->name));
    settings_.push_back(found->second);
  }
  results_.resize(outputs_.size());
  result_pointers_.resize(outputs_.size());
}

void Steps::reserve_outputs(int64_t steps) {
  if (steps <= reserved_steps_) return;
  for (size_t i = 0; i < outputs_.size(); ++i) {
    results_[i] = AlignedBytes(static_cast<size_t>(steps * elements(*outputs_[i]) * byte_size(outputs_[i]->element)));
    result_pointers_[i] = results_[i].data();
  }
  reserved_steps_ = steps;
}

Steps::Run Steps::run(const int32_t* order, int64_t rows, int64_t first_step, int64_t count, const int32_t* stop) {
  reserve_outputs(count);
  StepArguments arguments;
  arguments.state = state_->data();
  arguments.columns = columns_.data();
  arguments.order = order;
  arguments.settings = settings_.data();
  arguments.outputs = result_pointers_.data();
  arguments.stop = stop;
  arguments.seed = seed_;
  arguments.first_step = first_step;
  arguments.count = count;
  arguments.rows = rows;
  arguments.ticks = ticks_;
  int64_t done = executable_->run(arguments);
  return {done, arguments.not_finite != 0};
}

double Steps::scalar(int slot, int64_t step) const {
  return load_element(result(slot, step), outputs_[static_cast<size_t>(slot)]->element);
}

const std::byte* Steps::result(int slot, int64_t step) const {
  const Buffer& buffer = *outputs_[static_cast<size_t>(slot)];
  return results_[static_cast<size_t>(slot)].data() + step * elements(buffer) * byte_size(buffer.element);
}

int Steps::slot(const std::string& name) const {
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i]->name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace nnc
