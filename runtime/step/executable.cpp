#include "runtime/step/executable.h"

#include <algorithm>
#include <chrono>

#include "ir/interpret/interpret_nests.h"

namespace nnc {

Executable Executable::build(const Graph& graph, const BuildOptions& options, int64_t capacity, bool exact) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  Executable executable;
  PassOptions passes;
  passes.target = options.target;
  passes.capacity = capacity;
  passes.exact = exact;
  passes.fuse_limit = options.fuse_limit;
  PipelineObserver observer;
  observer.times = &executable.times_.passes;
  executable.program_ = run_pipeline(graph, passes, observer);
  executable.arena_ = AlignedBytes(static_cast<size_t>(executable.program_.arena_bytes));
  if (!options.interpret) {
    executable.code_ = std::make_unique<CompiledProgram>(compile(executable.program_, options.time_stamps));
    executable.times_.emit = executable.code_->emit_milliseconds();
    executable.times_.machine = executable.code_->machine_milliseconds();
    executable.times_.kernels = executable.code_->kernels();
  }
  executable.times_.graph = graph.name;
  executable.times_.capacity = capacity;
  executable.times_.exact = exact;
  executable.times_.all = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  if (options.on_built) options.on_built(executable.times_);
  return executable;
}

int64_t Executable::run(StepArguments& arguments) const {
  arguments.arena = arena_.data();
  return code_ ? code_->run(arguments) : interpret_nests(program_, arguments);
}

std::vector<const Buffer*> Executable::buffers(BufferRole role) const {
  std::vector<const Buffer*> found;
  for (const Buffer& buffer : program_.buffers) {
    if (buffer.role == role) found.push_back(&buffer);
  }
  std::stable_sort(found.begin(), found.end(), [](const Buffer* a, const Buffer* b) { return a->slot < b->slot; });
  return found;
}

std::optional<int> Executable::output(const std::string& name) const {
  for (const Buffer& buffer : program_.buffers) {
    if (buffer.role == BufferRole::output && buffer.name == name) return buffer.slot;
  }
  return std::nullopt;
}

}  // namespace nnc
