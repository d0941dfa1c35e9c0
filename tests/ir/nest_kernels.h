// Small nest programs for tests.
#pragma once

#include <cstddef>
#include <vector>

#include "ir/interpret/interpret_nests.h"
#include "ir/nest/nest_builder.h"

namespace nnc::testing {

inline Buffer arena_buffer(const std::string& name, Element element, int64_t count, int64_t offset) {
  Buffer buffer;
  buffer.name = name;
  buffer.element = element;
  buffer.shape = {count};
  buffer.strides = {1};
  buffer.offset = offset;
  buffer.bytes = count * byte_size(element);
  return buffer;
}

/// Calls the only kernel, whose parameters are vectors of `count`: one buffer each, one after the other in the arena.
inline NestProgram program_of(Kernel kernel, const Target& target) {
  NestProgram program;
  program.name = "test";
  program.target = target;
  Call call;
  for (const Parameter& parameter : kernel.parameters) {
    int64_t count = 1;
    for (const Dim& dim : parameter.shape) count *= dim.count;
    program.buffers.push_back(arena_buffer(parameter.name, parameter.element, count, program.arena_bytes));
    program.buffers.back().shape = parameter.shape;
    program.buffers.back().strides = parameter.strides;
    program.arena_bytes += (program.buffers.back().bytes + 63) / 64 * 64;
    call.arguments.push_back({static_cast<BufferId>(program.buffers.size() - 1), 0, {}});
  }
  program.kernels.push_back(std::move(kernel));
  program.stages.emplace_back(call);
  return program;
}

/// y[i] = function(x[i], …) over `count` elements, `lanes` at a time.
inline NestProgram map_program(Scalar function, Element element, int64_t count, int lanes, const Target& target) {
  NestBuilder builder("map", target);
  std::vector<ParameterId> x;
  for (int i = 0; i < info(function).arity; ++i) x.push_back(builder.parameter("x", element, {count}));
  ParameterId y = builder.parameter("y", element, {count});
  builder.serial("i", 0, count, lanes, [&](const Affine& i) {
    std::vector<ScalarValue> operands;
    for (ParameterId id : x) operands.push_back(builder.load(builder.place(id, {i}), lanes));
    builder.store(builder.place(y, {i}), builder.apply(function, operands));
  });
  return program_of(builder.finish(), target);
}

/// An arena for a program, 64-byte aligned.
class Arena {
 public:
  explicit Arena(int64_t bytes) : bytes_(static_cast<size_t>(bytes) + 64) {
    auto address = reinterpret_cast<uintptr_t>(bytes_.data());
    start_ = bytes_.data() + (64 - address % 64) % 64;
  }
  std::byte* data() { return start_; }
  template <class T>
  T* at(const Buffer& buffer) {
    return reinterpret_cast<T*>(start_ + buffer.offset);
  }

 private:
  std::vector<std::byte> bytes_;
  std::byte* start_;
};

}  // namespace nnc::testing
