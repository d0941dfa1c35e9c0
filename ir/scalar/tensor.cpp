#include "ir/scalar/tensor.h"

#include <algorithm>
#include <array>
#include <utility>

#include "ir/scalar/elements.h"

namespace nnc {

namespace {

size_t bytes_of(const Type& type) {
  const std::optional<Dim> count = product(type.shape);
  NNC_ASSERT(!type.is_tuple() && count && count->constant(), "a tensor has constant sizes: " + to_string(type));
  return static_cast<size_t>(count->count * byte_size(type.element));
}

}  // namespace

Tensor Tensor::of_bytes(Type type, AlignedBytes bytes) {
  NNC_ASSERT(bytes.size() == bytes_of(type), "bytes for another type than " + to_string(type));
  Tensor tensor;
  tensor.type = std::move(type);
  tensor.bytes = std::move(bytes);
  return tensor;
}

Tensor Tensor::uninitialised(Type type) {
  const size_t bytes = bytes_of(type);
  return of_bytes(std::move(type), AlignedBytes::uninitialised(bytes));
}

Tensor Tensor::zeros(Type type) {
  const size_t bytes = bytes_of(type);
  return of_bytes(std::move(type), AlignedBytes(bytes));
}

Tensor::Tensor(Type given, const std::vector<double>& numbers) : Tensor(uninitialised(std::move(given))) {
  NNC_ASSERT(static_cast<int64_t>(numbers.size()) == count(), "numbers for another type than " + to_string(type));
  store_elements(bytes.data(), type.element, numbers);
}

double Tensor::number(int64_t place) const {
  return load_element(bytes.data() + place * byte_size(type.element), type.element);
}

void Tensor::set(int64_t place, double number) {
  store_element(bytes.data() + place * byte_size(type.element), type.element, number);
}

std::vector<double> Tensor::numbers() const {
  std::vector<double> all(static_cast<size_t>(count()));
  load_elements(bytes.data(), type.element, all);
  return all;
}

Tensor converted(const Tensor& tensor, Element element) {
  if (tensor.type.element == element) return tensor;
  constexpr int64_t kPiece = 1024;  // so that no copy of all in doubles is made
  Tensor result = Tensor::uninitialised(Type(element, tensor.type.shape));
  std::array<double, kPiece> numbers{};
  for (int64_t at = 0; at < tensor.count(); at += kPiece) {
    const std::span piece = std::span(numbers).first(static_cast<size_t>(std::min(kPiece, tensor.count() - at)));
    load_elements(tensor.bytes.data() + at * byte_size(tensor.type.element), tensor.type.element, piece);
    store_elements(result.bytes.data() + at * byte_size(element), element, piece);
  }
  return result;
}

std::vector<int64_t> constant_sizes(const Shape& shape) {
  std::vector<int64_t> sizes;
  for (const Dim& dim : shape) {
    NNC_ASSERT(dim.constant(), "a symbolic axis in " + to_string(shape));
    sizes.push_back(dim.count);
  }
  return sizes;
}

}  // namespace nnc
