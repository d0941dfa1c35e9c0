// Numbers in memory, as columns, weights, and what the interpreter is given and returns have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "ir/scalar/type.h"
#include "support/aligned_bytes.h"
#include "support/error.h"

namespace nnc {

template <typename T>
constexpr Element element_of() {
  if constexpr (std::is_same_v<T, float>) return Element::f32;
  if constexpr (std::is_same_v<T, double>) return Element::f64;
  if constexpr (std::is_same_v<T, int32_t>) return Element::i32;
  if constexpr (std::is_same_v<T, uint8_t>) return Element::u8;
}

/// The elements of a type whose sizes are constants, in row-major order without a gap, each in its element type's own
/// bytes.
struct Tensor {
  Type type;
  AlignedBytes bytes;

  Tensor() = default;
  /// Of as many numbers as the type has elements, each rounded once to the element type.
  Tensor(Type type, const std::vector<double>& numbers);
  /// Zeros.
  static Tensor zeros(Type type);
  /// For what is written at once.
  static Tensor uninitialised(Type type);
  static Tensor of_bytes(Type type, AlignedBytes bytes);
  bool operator==(const Tensor&) const = default;  ///< the same bits

  int64_t count() const { return static_cast<int64_t>(bytes.size()) / byte_size(type.element); }  ///< elements

  template <typename T>
  std::span<T> values() {
    NNC_ASSERT(type.element == element_of<T>(), "the tensor has another element type");
    return {reinterpret_cast<T*>(bytes.data()), static_cast<size_t>(count())};
  }
  template <typename T>
  std::span<const T> values() const {
    return const_cast<Tensor*>(this)->values<T>();
  }

  /// One element by its place, as a double; that is exact for every element type.
  double number(int64_t place) const;
  void set(int64_t place, double number);
  std::vector<double> numbers() const;  ///< all of them
};
using Tensors = std::map<std::string, Tensor>;

/// The same numbers in another element type, each rounded once.
Tensor converted(const Tensor& tensor, Element element);
/// The sizes of a shape in which every axis is a number.
std::vector<int64_t> constant_sizes(const Shape& shape);

}  // namespace nnc
