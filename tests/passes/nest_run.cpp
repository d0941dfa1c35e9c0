#include "tests/passes/nest_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/interpret/interpret_nests.h"
#include "ir/nest/nest_equal.h"
#include "ir/print/text.h"
#include "ir/scalar/elements.h"
#include "ir/verify/verify.h"
#include "passes/fuse.h"
#include "passes/layout.h"
#include "passes/plan.h"
#include "passes/schedule.h"
#include "passes/simplify.h"
#include "passes/vectorize.h"
#include "support/error.h"

namespace nnc {

namespace {

/// Calls `visit(row-major number, place in elements)` for every element.
void each_element(const Shape& shape, const std::vector<int64_t>& strides,
                  const std::function<void(int64_t, int64_t)>& visit) {
  int64_t count = 1;
  for (const Dim& dim : shape) count *= dim.count;
  for (int64_t number = 0; number < count; ++number) {
    int64_t rest = number, place = 0;
    for (size_t axis = shape.size(); axis-- > 0;) {
      place += rest % shape[axis].count * strides[axis];
      rest /= shape[axis].count;
    }
    visit(number, place);
  }
}

Shape at_rows(const Shape& shape, int64_t rows) {
  Shape result = shape;
  for (Dim& dim : result) dim = Dim(dim.at(rows, rows));
  return result;
}

using Bytes = std::vector<std::byte>;
struct Memory {
  std::vector<double> aligned;  // NaN all over
  explicit Memory(int64_t bytes)
      : aligned(static_cast<size_t>(bytes / 8 + 64), std::numeric_limits<double>::quiet_NaN()) {}
  std::byte* data() {
    auto at = reinterpret_cast<uintptr_t>(aligned.data());
    return reinterpret_cast<std::byte*>((at + 63) / 64 * 64);
  }
};

/// The tensor with the buffer's strides, which are those of its capacity.
Memory memory_of(const Tensor& tensor, const Buffer& buffer) {
  int64_t width = byte_size(buffer.element), last = 0;
  each_element(tensor.type.shape, buffer.strides, [&](int64_t, int64_t place) { last = std::max(last, place); });
  Memory memory((last + 1) * width + 64);
  each_element(tensor.type.shape, buffer.strides, [&](int64_t number, int64_t place) {
    store_element(memory.data() + place * width, buffer.element, tensor.number(number));
  });
  return memory;
}

Type result_type(const Graph& graph, const std::string& name, bool update, int64_t rows) {
  for (const Result& result : graph.results) {
    if (result.name != name || (result.kind == ResultKind::update) != update) continue;
    Type type = graph.type(result.node);
    type.shape = at_rows(type.shape, rows);
    return type;
  }
  return {};
}

Tensor read_tensor(const std::byte* base, const Buffer& buffer, const Type& type) {
  Tensor tensor = Tensor::uninitialised(type);
  each_element(type.shape, buffer.strides, [&](int64_t number, int64_t place) {
    tensor.set(number, load_element(base + place * byte_size(buffer.element), buffer.element));
  });
  return tensor;
}

/// What the outputs and the variables that were updated hold after a step.
Tensors results_of(const NestProgram& program, const Graph& graph, Memory& state, const std::vector<void*>& outputs,
                   int64_t rows) {
  Tensors results;
  for (const Buffer& buffer : program.buffers) {
    if (buffer.role == BufferRole::output) {
      Type type = result_type(graph, buffer.name, false, rows);
      const void* place = outputs.at(static_cast<size_t>(buffer.slot));
      results[buffer.name] = read_tensor(static_cast<const std::byte*>(place), buffer, type);
    }
    if (buffer.role != BufferRole::variable) continue;
    Type type = result_type(graph, buffer.name, true, rows);
    bool updated = std::any_of(graph.results.begin(), graph.results.end(), [&](const Result& result) {
      return result.kind == ResultKind::update && result.name == buffer.name;
    });
    if (updated) results[buffer.name] = read_tensor(state.data() + buffer.offset, buffer, type);
  }
  return results;
}

}  // namespace

PassOptions options_for(Tier tier, int64_t capacity, bool exact, int64_t fuse_limit) {
  PassOptions options;
  options.target = Target::of(tier);
  options.capacity = capacity;
  options.exact = exact;
  options.fuse_limit = fuse_limit;
  return options;
}

namespace {
/// Every dump parses back to the same thing.
void check_text(const Partition& partition, const NestProgram& program) {
  std::string text = print(partition);
  NNC_ASSERT(print(parse_partition(text, "printed.nnir")) == text, text);
  text = print(program);
  NNC_ASSERT(equal(parse_nests(text, "printed.nests"), program), text);
}
}  // namespace

NestProgram lowered(const Graph& graph, const PassOptions& options) {
  Partition partition = fuse(layout(simplify(graph)), options);
  verify(partition);
  Partition scheduled = schedule(partition, options);
  verify(scheduled);
  check_schedules(scheduled, options);
  NestProgram program = vectorize(scheduled, options);
  verify(program);
  NestProgram planned = plan(std::move(program));
  verify(planned);
  check_text(scheduled, planned);
  return planned;
}

Tensors run_nests(const NestProgram& program, const Graph& graph, const Tensors& inputs, int64_t rows,
                  const StepRunner& runner) {
  Memory state(program.state_bytes), arena(program.arena_bytes);
  std::vector<Memory> held;
  std::vector<const void*> columns;
  std::vector<void*> outputs;
  std::vector<double> settings;
  StepArguments arguments;
  auto at = [](auto& list, int slot) -> auto& {
    if (list.size() <= static_cast<size_t>(slot)) list.resize(static_cast<size_t>(slot) + 1);
    return list[static_cast<size_t>(slot)];
  };
  for (const Buffer& buffer : program.buffers) {
    auto found = inputs.find(buffer.name);
    if (buffer.role == BufferRole::output) {
      int64_t count = 1;
      for (const Dim& dim : buffer.shape) count *= dim.count;
      held.emplace_back(count * 8);
      at(outputs, buffer.slot) = held.back().data();
    }
    if (found == inputs.end()) continue;
    const Tensor& tensor = found->second;
    if (buffer.role == BufferRole::variable) {
      each_element(buffer.shape, buffer.strides, [&](int64_t number, int64_t place) {
        store_element(state.data() + buffer.offset + place * byte_size(buffer.element), buffer.element,
                      tensor.number(number));
      });
    } else if (buffer.role == BufferRole::column || buffer.role == BufferRole::order) {
      held.push_back(memory_of(tensor, buffer));
      if (buffer.role == BufferRole::order) arguments.order = reinterpret_cast<const int32_t*>(held.back().data());
      if (buffer.role == BufferRole::column) at(columns, buffer.slot) = held.back().data();
    } else if (buffer.role == BufferRole::setting) {
      at(settings, buffer.slot) = tensor.number(0);
    } else if (buffer.role == BufferRole::step) {
      arguments.first_step = static_cast<int64_t>(tensor.number(0));
    } else if (buffer.role == BufferRole::seed) {
      arguments.seed = static_cast<uint32_t>(static_cast<int32_t>(tensor.number(0))) |
                       uint64_t{static_cast<uint32_t>(static_cast<int32_t>(tensor.number(1)))} << 32;
    }
  }
  arguments.state = state.data();
  arguments.arena = arena.data();
  arguments.columns = columns.data();
  arguments.settings = settings.data();
  arguments.outputs = outputs.data();
  arguments.rows = rows;
  int64_t done = runner ? runner(arguments) : interpret_nests(program, arguments);
  return done == 1 ? results_of(program, graph, state, outputs, rows) : Tensors{};
}

Tensors sample_inputs(const Graph& graph, int64_t rows, uint32_t seed) {
  std::mt19937 random(seed);
  auto few = static_cast<uint32_t>(std::clamp<int64_t>(rows, 1, 5));  // row numbers are checked by whoever calls
  Tensors inputs;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (leaf_path(node) == nullptr) continue;
    Tensor tensor = Tensor::uninitialised(Type(node.type.element, at_rows(node.type.shape, rows)));
    const std::string& path = *leaf_path(node);
    for (int64_t i = 0; i < tensor.count(); ++i) {
      double value = (static_cast<double>(random() >> 8) + 0.5) * 0x1p-23 - 1;
      if (!is_float(node.type.element)) value = static_cast<double>(random() % few);
      if (node.type.element == Element::boolean) value = static_cast<double>(random() % 2);
      if (path == "order") value = static_cast<double>(random() % static_cast<uint32_t>(std::max<int64_t>(rows, 1)));
      if (path == "step") value = 3;
      tensor.set(i, value);
    }
    inputs[path] = std::move(tensor);
  }
  return inputs;
}

std::string difference(const Tensors& a, const Tensors& b, double tolerance) {
  std::string text;
  if (a.size() != b.size()) text += fmt::format("{} results against {}\n", a.size(), b.size());
  for (const auto& [name, left] : a) {
    auto found = b.find(name);
    if (found == b.end() || found->second.count() != left.count()) {
      text += fmt::format("'{}' has no or another size\n", name);
      continue;
    }
    double scale = 1e-30;
    for (double value : left.numbers()) {
      if (std::isfinite(value)) scale = std::max(scale, std::abs(value));
    }
    for (int64_t i = 0; i < left.count(); ++i) {
      double x = left.number(i), y = found->second.number(i);
      bool same = x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= tolerance * scale;
      if (same) continue;
      text += fmt::format("'{}'[{}]: {} against {}\n", name, i, x, y);
      break;
    }
  }
  return text;
}

}  // namespace nnc
