// The safetensors format: 8 bytes of header length (little-endian), a JSON header, the tensors' bytes without a gap.
// Reading checks everything before a tensor is allocated; what is wrong is an error at an offset of the file.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/io/files.h"
#include "support/aligned_bytes.h"

namespace nnc {

enum class StoredElement : uint8_t { f32, f64, i32, i64, u8, bf16, boolean };

std::string_view stored_spelling(StoredElement element);  ///< "F32", …, "BOOL"
std::optional<StoredElement> parse_stored_element(std::string_view text);
int64_t stored_size(StoredElement element);  ///< bytes

/// A tensor as a file has it, which may be of elements that no network has (I64). What has been checked becomes a
/// Tensor without a copy.
struct StoredTensor {
  std::string name;
  StoredElement element = StoredElement::f32;
  std::vector<int64_t> shape;  ///< {} is a single number
  AlignedBytes bytes;          ///< little-endian, row-major

  bool operator==(const StoredTensor&) const = default;
};

struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::vector<StoredTensor> tensors;

  const StoredTensor* find(std::string_view name) const;
};

/// A tensor of `count` values, copied.
template <typename T>
StoredTensor stored_tensor(std::string name, StoredElement element, std::vector<int64_t> shape,
                           std::span<const T> values) {
  AlignedBytes bytes = AlignedBytes::uninitialised(values.size_bytes());
  std::ranges::copy(std::as_bytes(values), bytes.data());
  return {std::move(name), element, std::move(shape), std::move(bytes)};
}

using Metadata = std::map<std::string, std::string>;
using ByteSink = std::function<void(std::span<const std::byte>)>;

/// A tensor whose bytes are elsewhere: `write` hands them to a sink, little-endian and row-major, in pieces of whole
/// elements; the same bytes each time.
struct TensorSource {
  std::string name;
  StoredElement element = StoredElement::f32;
  std::vector<int64_t> shape;
  std::function<void(const ByteSink&)> write;
};

/// What a file shall hold, not copied.
struct SafetensorsSource {
  Metadata metadata;
  std::vector<TensorSource> tensors;
};

/// The file's bytes: tensors by element size (large first), then by name, so that each is aligned to its elements; the
/// header padded with spaces to a multiple of 8. Equal contents give equal bytes. Metadata must be UTF-8.
std::string to_safetensors(const Safetensors& contents);
/// Writes them atomically (files.h).
void write_safetensors(const std::string& path, const Safetensors& contents);
/// The same piece by piece: it takes no memory but for the header.
void write_safetensors(const std::string& path, const SafetensorsSource& contents);
/// How many bytes that writes.
int64_t safetensors_bytes(const SafetensorsSource& contents);

/// Reads and checks; `file` is the name for messages.
Safetensors parse_safetensors(std::string_view bytes, const std::string& file);
Safetensors read_safetensors(const std::string& path);
Safetensors read_safetensors(InputFile file);
/// Hands over one tensor after the other, in the file's order, each read when the one before is done with. Returns the
/// metadata.
using TensorVisitor = std::function<void(const Metadata& metadata, StoredTensor&& tensor)>;
Metadata read_safetensors(InputFile file, const TensorVisitor& each);

/// What a tensor is called and what it is.
struct TensorEntry {
  std::string name;
  StoredElement element = StoredElement::f32;
  std::vector<int64_t> shape;
};
/// One line for each difference: missing, of another shape or element type, not wanted; names that differ only in case
/// are said to. Empty when `have` is exactly what is wanted.
std::vector<std::string> differences(const std::vector<TensorEntry>& have, const std::vector<TensorEntry>& wanted);

}  // namespace nnc
