// The pass plan alone: time by the number of layers, of a training step that keeps each layer's value for its backward
// half. Twice the layers take little more than twice the time.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "passes/plan.h"

namespace nnc::bench {
namespace {

constexpr int64_t kBytes = 1536;

BufferId add_temporary(NestProgram& program, const std::string& name) {
  Buffer buffer;
  buffer.name = name;
  buffer.shape = {Dim(kBytes / 4)};
  buffer.strides = {1};
  buffer.bytes = kBytes;
  program.buffers.push_back(buffer);
  return static_cast<BufferId>(program.buffers.size() - 1);
}

NestProgram training_step(int64_t layers) {
  NestProgram program;
  auto parameter = [](const char* name, bool written) {
    return Parameter{name, Element::f32, {Dim(kBytes / 4)}, {1}, !written, written};
  };
  Kernel forward, backward;
  forward.parameters = {parameter("x", false), parameter("y", true)};
  backward.parameters = {parameter("x", false), parameter("dy", false), parameter("dx", true)};
  program.kernels = {forward, backward};
  program.buffers.emplace_back().role = BufferRole::column;
  std::vector<BufferId> kept{0};
  for (int64_t i = 0; i < layers; ++i) {
    kept.push_back(add_temporary(program, fmt::format("h{}", i)));
    program.stages.emplace_back(Call{0, {Argument{kept[kept.size() - 2]}, Argument{kept.back()}}});
  }
  BufferId gradient = kept.back();
  for (size_t i = kept.size() - 1; i-- > 0;) {
    BufferId next = add_temporary(program, fmt::format("d{}", i));
    program.stages.emplace_back(Call{1, {Argument{kept[i]}, Argument{gradient}, Argument{next}}});
    gradient = next;
  }
  return program;
}

void plan_layers(benchmark::State& state) {
  NestProgram step = training_step(state.range(0));
  int64_t arena = 0;
  for (auto unused : state) {
    static_cast<void>(unused);
    arena = plan(step).arena_bytes;
  }
  state.counters["arena_over_least"] = static_cast<double>(arena) / static_cast<double>(largest_live_set(step));
}

BENCHMARK(plan_layers)->RangeMultiplier(2)->Range(500, 8000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nnc::bench
