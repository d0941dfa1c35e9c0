#include "passes/schedule/sizes.h"

#include <fmt/format.h>

#include <string>

#include "support/error.h"

namespace nnc {

namespace {

constexpr int64_t kMostBytes = int64_t{1} << 46;  ///< of one tensor; sums of these stay far within int64

}  // namespace

/// In double, since the product itself may leave int64.
void require_addressable(const Graph& graph, int64_t rows) {
  for (NodeId id : graph.reachable()) {
    const Type& type = graph.type(id);
    double bytes = byte_size(type.element);
    for (const Dim& dim : type.shape) {
      bytes *= static_cast<double>(dim.count) * (dim.symbol == Symbol::rows ? static_cast<double>(rows) : 1);
    }
    if (bytes <= static_cast<double>(kMostBytes)) continue;
    const std::vector<Origin>& origins = graph.origins(id);
    unsupported(origins.empty() ? Origin{} : origins.front(),
                fmt::format("a tensor {} with {} rows needs {:.3g} bytes, more than the limit of {}", to_string(type),
                            rows, bytes, kMostBytes));
  }
}

int lanes_for(int64_t extent, int widest) {
  int lanes = 1;
  while (lanes < widest && lanes < extent) lanes *= 2;
  return lanes;
}

int vector_axis_of(const Shape& shape) {
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (!(shape[axis] == Dim(1))) return static_cast<int>(axis);
  }
  return -1;
}

int lane_axis(const Schedule& schedule, const Shape& shape) {
  for (size_t axis = 0; schedule.lanes && axis < shape.size(); ++axis) {
    if (schedule.lanes->loop == "i" + std::to_string(axis)) return static_cast<int>(axis);
  }
  return -1;
}

Element computing(Element element) {
  if (element == Element::bf16) return Element::f32;
  return element == Element::u8 || element == Element::boolean ? Element::i32 : element;
}

}  // namespace nnc
