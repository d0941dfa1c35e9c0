#include "runtime/step/split_view.h"

#include "ir/scalar/elements.h"
#include "runtime/step/state_block.h"

namespace nnc {

Tensor read_rows(const ColumnView& column, const Type& type, const std::vector<int32_t>& rows) {
  Tensor tensor{Type(column.element, type.shape), {}};
  tensor.type.shape[0] = Dim(static_cast<int64_t>(rows.size()));
  int64_t sample = 1;
  for (size_t axis = 1; axis < type.shape.size(); ++axis) sample *= type.shape[axis].count;
  int64_t width = byte_size(column.element);
  const auto* bytes = static_cast<const std::byte*>(column.data);
  for (int32_t row : rows) {
    for (int64_t i = 0; i < sample; ++i) {
      tensor.values.push_back(load_element(bytes + (row * sample + i) * width, column.element));
    }
  }
  return tensor;
}

}  // namespace nnc
