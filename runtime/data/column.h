// A column of a data set in memory: one element type, one shape a sample, the samples one after the other in storage
// that is aligned for vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ir/scalar/tensor.h"
#include "support/aligned_bytes.h"
#include "support/error.h"

namespace nnc {

struct Column {
  std::string name;
  Element element = Element::f32;     ///< f32, f64, i32 or u8; of a computed field also bool or bf16
  std::vector<int64_t> sample_shape;  ///< {} a number, {28, 28} an image
  int64_t rows = 0;
  AlignedBytes storage;            ///< rows × sample_size elements
  std::vector<std::string> words;  ///< of a text column, whose i32 elements index this list

  int64_t sample_size() const;  ///< elements a sample

  template <typename T>
  std::span<T> values() {
    NNC_ASSERT(element == element_of<T>(), "the column has another element type");
    return {reinterpret_cast<T*>(storage.data()), static_cast<size_t>(rows * sample_size())};
  }
  template <typename T>
  std::span<const T> values() const {
    return const_cast<Column*>(this)->values<T>();
  }
  /// An element as double, by its place in the whole column.
  double number(int64_t index) const;
};

/// A column with room for `rows` samples, not initialised.
Column allocate_column(std::string name, Element element, std::vector<int64_t> sample_shape, int64_t rows);

/// From numbers given in the program (the rows of a `table`, flat, one after the other), rounded once to the element
/// type. A number that is not whole or out of range for an integer type is an error at `where`.
Column column_of(std::string name, Element element, std::vector<int64_t> sample_shape, std::span<const double> values,
                 const Origin& where = {});

/// A copy of the given rows, in that order.
Column select_rows(const Column& column, std::span<const int32_t> rows);

}  // namespace nnc
