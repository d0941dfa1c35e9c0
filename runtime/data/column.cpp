#include "runtime/data/column.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "ir/scalar/elements.h"
#include "runtime/io/data_error.h"

namespace nnc {
namespace {

template <typename T>
void store_whole(std::span<const double> from, std::span<T> into, const std::string& name, const Origin& where) {
  for (size_t i = 0; i < from.size(); ++i) {
    const double value = from[i];
    if (!(value >= static_cast<double>(std::numeric_limits<T>::min()) &&
          value <= static_cast<double>(std::numeric_limits<T>::max()) && value == std::floor(value))) {
      throw origin_failure(where, fmt::format("{} of '{}' is no {}", value, name, spelling(element_of<T>())));
    }
    into[i] = static_cast<T>(value);
  }
}

}  // namespace

int64_t Column::sample_size() const {
  int64_t size = 1;
  for (const int64_t count : sample_shape) size *= count;
  return size;
}

double Column::number(int64_t index) const {
  const auto at = static_cast<size_t>(index);
  switch (element) {
    case Element::f32: return values<float>()[at];
    case Element::f64: return values<double>()[at];
    case Element::i32: return values<int32_t>()[at];
    case Element::u8: return values<uint8_t>()[at];
    default: return load_element(storage.data() + index * byte_size(element), element);
  }
}

Column allocate_column(std::string name, Element element, std::vector<int64_t> sample_shape, int64_t rows) {
  Column column{.name = std::move(name),
                .element = element,
                .sample_shape = std::move(sample_shape),
                .rows = rows,
                .storage = {},
                .words = {}};
  column.storage = AlignedBytes::uninitialised(static_cast<size_t>(rows * column.sample_size() * byte_size(element)));
  return column;
}

Column column_of(std::string name, Element element, std::vector<int64_t> sample_shape, std::span<const double> values,
                 const Origin& where) {
  Column column = allocate_column(std::move(name), element, std::move(sample_shape), 0);
  const int64_t size = column.sample_size();
  NNC_ASSERT(size > 0 && static_cast<int64_t>(values.size()) % size == 0, "a table row of another size");
  column.rows = static_cast<int64_t>(values.size()) / size;
  column.storage = AlignedBytes::uninitialised(values.size() * static_cast<size_t>(byte_size(element)));
  switch (element) {
    case Element::f32: {
      const std::span<float> into = column.values<float>();
      for (size_t i = 0; i < values.size(); ++i) into[i] = static_cast<float>(values[i]);
      break;
    }
    case Element::f64: {
      const std::span<double> into = column.values<double>();
      for (size_t i = 0; i < values.size(); ++i) into[i] = values[i];
      break;
    }
    case Element::i32: store_whole(values, column.values<int32_t>(), column.name, where); break;
    case Element::u8: store_whole(values, column.values<uint8_t>(), column.name, where); break;
    default: internal_error("a table column of " + std::string(spelling(element)));
  }
  return column;
}

Column select_rows(const Column& column, std::span<const int32_t> rows) {
  Column selected =
      allocate_column(column.name, column.element, column.sample_shape, static_cast<int64_t>(rows.size()));
  selected.words = column.words;
  const auto bytes = static_cast<size_t>(column.sample_size() * byte_size(column.element));
  std::byte* into = selected.storage.data();
  for (const int32_t row : rows) {
    NNC_ASSERT(row >= 0 && row < column.rows, "a row beyond the column");
    std::memcpy(into, column.storage.data() + static_cast<size_t>(row) * bytes, bytes);
    into += bytes;
  }
  return selected;
}

}  // namespace nnc
