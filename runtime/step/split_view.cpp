#include "runtime/step/split_view.h"

#include <algorithm>

namespace nnc {

Tensor read_rows(const ColumnView& column, const Type& type, const std::vector<int32_t>& rows) {
  Type some = type;
  some.element = column.element;
  some.shape.at(0) = Dim(static_cast<int64_t>(rows.size()));
  Tensor tensor = Tensor::uninitialised(std::move(some));
  const size_t bytes = rows.empty() ? 0 : tensor.bytes.size() / rows.size();
  std::byte* to = tensor.bytes.data();
  for (int32_t row : rows) {
    const auto* from = static_cast<const std::byte*>(column.data) + static_cast<size_t>(row) * bytes;
    to = std::copy_n(from, bytes, to);
  }
  return tensor;
}

}  // namespace nnc
