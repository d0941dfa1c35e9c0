#include "runtime/data/column.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <utility>

#include "ir/scalar/elements.h"
#include "runtime/io/data_error.h"

namespace nnc {
namespace {

void require_whole(std::span<const double> values, Element element, const std::string& name, const Origin& where) {
  const double low = element == Element::u8 ? 0 : INT32_MIN, high = element == Element::u8 ? UINT8_MAX : INT32_MAX;
  for (const double value : values) {
    if (value >= low && value <= high && value == std::floor(value)) continue;
    throw origin_failure(where, fmt::format("{} of '{}' is no {}", value, name, spelling(element)));
  }
}

}  // namespace

std::vector<int64_t> Column::sample_shape() const {
  const Shape& shape = tensor.type.shape;
  return constant_sizes(Shape(shape.begin() + 1, shape.end()));
}

int64_t Column::sample_size() const {
  int64_t size = 1;
  for (size_t axis = 1; axis < tensor.type.shape.size(); ++axis) size *= tensor.type.shape[axis].count;
  return size;
}

void Column::reshape(const std::vector<int64_t>& sample_shape) {
  tensor = Tensor::of_bytes(column_type(element(), sample_shape, rows()), std::move(tensor.bytes));
}

Type column_type(Element element, const std::vector<int64_t>& sample_shape, int64_t rows) {
  Shape shape{Dim(rows)};
  shape.insert(shape.end(), sample_shape.begin(), sample_shape.end());
  return {element, std::move(shape)};
}

Column allocate_column(std::string name, Element element, const std::vector<int64_t>& sample_shape, int64_t rows) {
  return {std::move(name), Tensor::uninitialised(column_type(element, sample_shape, rows)), {}};
}

Column column_of(std::string name, Element element, const std::vector<int64_t>& sample_shape,
                 std::span<const double> values, const Origin& where) {
  int64_t size = 1;
  for (const int64_t count : sample_shape) size *= count;
  NNC_ASSERT(size > 0 && static_cast<int64_t>(values.size()) % size == 0, "a table row of another size");
  if (element == Element::i32 || element == Element::u8) require_whole(values, element, name, where);
  Column column = allocate_column(std::move(name), element, sample_shape, static_cast<int64_t>(values.size()) / size);
  store_elements(column.tensor.bytes.data(), element, values);
  return column;
}

Tensor select_rows(const Tensor& column, std::span<const int32_t> rows) {
  Type type = column.type;
  const int64_t all = std::exchange(type.shape.at(0), Dim(static_cast<int64_t>(rows.size()))).count;
  Tensor selected = Tensor::uninitialised(std::move(type));
  const size_t bytes = all == 0 ? 0 : column.bytes.size() / static_cast<size_t>(all);
  std::byte* into = selected.bytes.data();
  for (const int32_t row : rows) {
    NNC_ASSERT(row >= 0 && row < all, "a row beyond the column");
    std::memcpy(into, column.bytes.data() + static_cast<size_t>(row) * bytes, bytes);
    into += bytes;
  }
  return selected;
}

Column select_rows(const Column& column, std::span<const int32_t> rows) {
  return {column.name, select_rows(column.tensor, rows), column.words};
}

}  // namespace nnc
