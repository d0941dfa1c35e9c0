// NPY files made for tests, byte by byte.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

/// Magic number, version, the header's length in 2 or 4 bytes, the header and the data as they are.
inline std::string npy_file(std::string_view header, std::string_view data, int major = 1, int minor = 0) {
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(major);
  bytes += static_cast<char>(minor);
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) bytes += static_cast<char>(header.size() >> 8 * i);
  return bytes.append(header).append(data);
}

/// As NumPy writes it: `descr` as '<f4', `shape` as (2, 3).
inline std::string npy_header(std::string_view descr, std::string_view shape, bool fortran_order = false) {
  std::string header = "{'descr': '" + std::string(descr) +
                       "', 'fortran_order': " + (fortran_order ? "True" : "False") +
                       ", 'shape': " + std::string(shape) + ", }";
  return header.append(117 - header.size() % 64, ' ') + '\n';
}

inline std::string npy_bytes(std::string_view descr, std::string_view shape, std::string_view data,
                             bool fortran_order = false) {
  return npy_file(npy_header(descr, shape, fortran_order), data);
}

/// The numbers one after the other, each with its least or its greatest byte first.
template <typename T>
std::string number_bytes(const std::vector<T>& numbers, bool big_endian = false) {
  std::string bytes;
  for (const T number : numbers) {
    std::string one(sizeof(T), '\0');
    std::memcpy(one.data(), &number, sizeof(T));
    bool swapped = big_endian == (std::endian::native == std::endian::little);
    bytes += swapped ? std::string(one.rbegin(), one.rend()) : one;
  }
  return bytes;
}

}  // namespace nnc
