// A column of a data set in memory: one element type, one shape a sample, the samples one after the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ir/scalar/tensor.h"
#include "support/error.h"

namespace nnc {

/// A tensor of samples under a name.
struct Column {
  std::string name;
  Tensor tensor;                   ///< [rows, …]: f32, f64, i32 or u8, of a computed field also bool or bf16
  std::vector<std::string> words;  ///< of a text column, whose i32 elements index this list

  Element element() const { return tensor.type.element; }
  int64_t rows() const { return tensor.type.shape.at(0).count; }
  std::vector<int64_t> sample_shape() const;  ///< {} a number, {28, 28} an image
  int64_t sample_size() const;                ///< elements a sample
  /// Takes the elements of a sample for one of another shape.
  void reshape(const std::vector<int64_t>& sample_shape);

  template <typename T>
  std::span<T> values() {
    return tensor.values<T>();
  }
  template <typename T>
  std::span<const T> values() const {
    return tensor.values<T>();
  }
  /// An element as double, by its place in the whole column.
  double number(int64_t index) const { return tensor.number(index); }
};

/// What a column's tensor is.
Type column_type(Element element, const std::vector<int64_t>& sample_shape, int64_t rows);

/// A column with room for `rows` samples, not initialised.
Column allocate_column(std::string name, Element element, const std::vector<int64_t>& sample_shape, int64_t rows);

/// From numbers given in the program (the rows of a `table`, flat, one after the other), rounded once to the element
/// type. A number that is not whole or out of range for an integer type is an error at `where`.
Column column_of(std::string name, Element element, const std::vector<int64_t>& sample_shape,
                 std::span<const double> values, const Origin& where = {});

/// A copy of the given rows, in that order.
Tensor select_rows(const Tensor& column, std::span<const int32_t> rows);
Column select_rows(const Column& column, std::span<const int32_t> rows);

}  // namespace nnc
