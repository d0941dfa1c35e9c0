#include "passes/schedule/sizes.h"

#include <string>

namespace nnc {

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
