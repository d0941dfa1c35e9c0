// IDX files of bytes, for data sets that a test makes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnc {

/// Header and content: type byte 8, the sizes big-endian, then one byte an element.
inline std::string idx(const std::vector<uint32_t>& sizes, const std::string& data) {
  std::string bytes{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (uint32_t size : sizes) {
    for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(size >> shift);
  }
  return bytes + data;
}

}  // namespace nnc
