// Which random number an element of random_uniform is: a function of seed, path, step, scan index and element, so that
// any thread, kernel set or resumed run draws the same. Kernels compute it with i32 operations, the interpreters here.
//
//   key     = seed words XOR the two halves of the 64-bit FNV-1a hash of the path
//   counter = (element, step, scan index, 0)
//   f32     = (word 0 >> 8) · 2⁻²⁴          f64 = ((word 0 >> 5) · 2²⁶ + (word 1 >> 6)) · 2⁻⁵³
//
// `element` is the row-major number of the element in its tensor: for a tensor over the batch, the row's place in the
// batch times the row's size, plus the place in the row. One Philox block an element: three words are thrown away, and
// lanes need no shuffles.
#pragma once

#include <string_view>

#include "ir/philox.h"

namespace nnc {

/// What the path contributes to the key: low and high word.
constexpr std::array<uint32_t, 2> path_key(std::string_view path) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (char c : path) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
  return {static_cast<uint32_t>(hash), static_cast<uint32_t>(hash >> 32)};
}

constexpr std::array<uint32_t, 4> random_words(std::array<uint32_t, 2> seed, std::string_view path, uint32_t step,
                                               uint32_t scan_index, uint32_t element) {
  std::array<uint32_t, 2> key = path_key(path);
  return philox4x32({element, step, scan_index, 0}, {seed[0] ^ key[0], seed[1] ^ key[1]});
}

/// Uniform in [0, 1) with 24 random bits.
constexpr float uniform_f32(const std::array<uint32_t, 4>& words) {
  return static_cast<float>(words[0] >> 8) * 0x1p-24f;
}
/// Uniform in [0, 1) with 53 random bits.
constexpr double uniform_f64(const std::array<uint32_t, 4>& words) {
  return (static_cast<double>(words[0] >> 5) * 0x1p26 + static_cast<double>(words[1] >> 6)) * 0x1p-53;
}

}  // namespace nnc
