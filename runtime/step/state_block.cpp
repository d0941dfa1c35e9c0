#include "runtime/step/state_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "support/error.h"

namespace nnc {

namespace {

constexpr size_t kPieceBytes = 1 << 16;

template <class T>
T load_as(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

int64_t elements_of(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (int64_t extent : shape) count *= extent;
  return count;
}

/// Calls visit(row-major position, offset in elements) for every element of a buffer.
template <class Visit>
void for_each_element(const Buffer& buffer, const Visit& visit) {
  std::vector<int64_t> shape = constant_sizes(buffer.shape), index(shape.size(), 0);
  int64_t count = elements_of(shape), offset = 0;
  for (int64_t position = 0; position < count; ++position) {
    visit(position, offset);
    for (size_t axis = shape.size(); axis-- > 0;) {
      offset += buffer.strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= buffer.strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
}

/// Whether the elements lie in row-major order without a gap.
bool is_dense(const Buffer& buffer, const std::vector<int64_t>& shape) {
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] != 1 && buffer.strides[axis] != stride) return false;
    stride *= shape[axis];
  }
  return true;
}

/// By the bits of the exponent alone, so that the loop has no branch.
template <class Bits>
bool all_finite(const std::byte* bytes, int64_t size, Bits exponent) {
  Bits found = 0;
  for (int64_t at = 0; at < size; at += static_cast<int64_t>(sizeof(Bits))) {
    found |= static_cast<Bits>((load_as<Bits>(bytes + at) & exponent) == exponent);
  }
  return found == 0;
}

}  // namespace

StateBlock::StateBlock(const NestProgram& program) : bytes_(static_cast<size_t>(program.state_bytes)) {
  for (const Buffer& buffer : program.buffers) {
    if (buffer.role == BufferRole::variable) places_.emplace(buffer.name, buffer);
  }
}

std::vector<std::string> StateBlock::paths() const {
  std::vector<std::string> names;
  for (const auto& [path, place] : places_) names.push_back(path);
  return names;
}

Type StateBlock::type(const std::string& path) const {
  const Buffer& place = places_.at(path);
  return {place.element, place.shape};
}

Tensor StateBlock::read(const std::string& path) const {
  Tensor tensor = Tensor::uninitialised(type(path));
  std::byte* to = tensor.bytes.data();
  write_bytes(path, [&](std::span<const std::byte> piece) { to = std::ranges::copy(piece, to).out; });
  return tensor;
}

void StateBlock::write_bytes(const std::string& path,
                             const std::function<void(std::span<const std::byte>)>& sink) const {
  const Buffer& place = places_.at(path);
  const std::vector<int64_t> shape = constant_sizes(place.shape);
  const auto width = static_cast<size_t>(byte_size(place.element));
  const std::byte* from = bytes_.data() + place.offset;
  if (is_dense(place, shape)) return sink({from, static_cast<size_t>(elements_of(shape)) * width});
  std::vector<std::byte> piece;
  piece.reserve(kPieceBytes);
  for_each_element(place, [&](int64_t, int64_t offset) {
    const std::byte* at = from + offset * static_cast<int64_t>(width);
    piece.insert(piece.end(), at, at + width);
    if (piece.size() < kPieceBytes) return;
    sink(piece);
    piece.clear();
  });
  sink(piece);
}

void StateBlock::write(const std::string& path, const Tensor& tensor) {
  const Buffer& place = places_.at(path);
  NNC_ASSERT(tensor.type.shape == place.shape, fmt::format("'{}' is given another shape than it has", path));
  if (tensor.type.element != place.element) return write(path, converted(tensor, place.element));
  const auto width = static_cast<size_t>(byte_size(place.element));
  std::byte* to = bytes_.data() + place.offset;
  if (is_dense(place, constant_sizes(place.shape))) {
    if (tensor.bytes.size() > 0) std::memcpy(to, tensor.bytes.data(), tensor.bytes.size());
    return;
  }
  for_each_element(place, [&](int64_t position, int64_t offset) {
    std::memcpy(to + offset * static_cast<int64_t>(width), tensor.bytes.data() + position * static_cast<int64_t>(width),
                width);
  });
}

bool StateBlock::finite(const std::string& path) const {
  const Buffer& place = places_.at(path);
  const std::byte* bytes = bytes_.data() + place.offset;
  switch (place.element) {
    case Element::f32: return all_finite<uint32_t>(bytes, place.bytes, 0x7F800000U);
    case Element::f64: return all_finite<uint64_t>(bytes, place.bytes, 0x7FF0000000000000U);
    case Element::bf16: return all_finite<uint16_t>(bytes, place.bytes, 0x7F80U);
    default: return true;
  }
}

void StateBlock::take(const StateBlock& other) {
  for (const auto& [path, place] : places_) {
    auto found = other.places_.find(path);
    if (found == other.places_.end()) continue;
    const Buffer& from = found->second;
    if (from.strides == place.strides && from.bytes == place.bytes && from.element == place.element) {
      std::memcpy(bytes_.data() + place.offset, other.bytes_.data() + from.offset, static_cast<size_t>(place.bytes));
    } else {
      write(path, other.read(path));
    }
  }
}

bool StateBlock::serves(const NestProgram& program) const {
  for (const Buffer& buffer : program.buffers) {
    if (buffer.role != BufferRole::variable) continue;
    auto found = places_.find(buffer.name);
    if (found == places_.end()) return false;
    const Buffer& place = found->second;
    if (place.offset != buffer.offset || place.strides != buffer.strides || place.element != buffer.element)
      return false;
  }
  return true;
}

}  // namespace nnc
