// The JSON header of a safetensors file as its entries, with every rule of the format checked that needs no data.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/weights/safetensors.h"

namespace nnc {

struct HeaderEntry {
  std::string name;
  StoredElement element = StoredElement::f32;
  std::vector<int64_t> shape;
  uint64_t begin = 0;  ///< within the data behind the header
  uint64_t end = 0;
};

struct SafetensorsHeader {
  std::map<std::string, std::string> metadata;
  std::vector<HeaderEntry> entries;  ///< in order of `begin`, without gap or overlap, ending at `data_bytes`
};

inline constexpr uint64_t kHeaderLengthBytes = 8;
inline constexpr uint64_t kMaxHeaderBytes = 100'000'000;
inline constexpr size_t kMaxTensors = 100'000;

/// `text` is the header, which begins at offset 8 of `file`; `data_bytes` stand behind it.
SafetensorsHeader parse_header(std::string_view text, uint64_t data_bytes, const std::string& file);

/// Only the header of a file, checked against the file's size; errors as read_safetensors.
SafetensorsHeader read_safetensors_header(const std::string& path);

}  // namespace nnc
