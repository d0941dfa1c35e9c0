// The random numbers of `random_uniform`, exactly: what the interpreters and code generation reproduce.
//
//   key     = (seed[0] ^ low word of h, seed[1] ^ high word of h), h = FNV-1a (64 bits) of the path's bytes
//   counter = (element, step, scan index, 0), element = row-major position in the result, modulo 2^32; the scan index
//   is
//             the optional third operand, else 0
//   words   = philox4x32(counter, key)
//   f32     = (words[0] >> 8) · 2^−24
//   f64     = ((words[0] >> 5) · 2^26 + (words[1] >> 6)) · 2^−53
//
// Every integer that becomes a float is below 2^27, so signed 32-bit conversions serve.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "ir/scalar/philox.h"

namespace nnc {

/// FNV-1a, 64 bits.
constexpr uint64_t path_hash(std::string_view path) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (char c : path) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// The two words that are combined (exclusive or) with the seed's two words.
constexpr std::array<uint32_t, 2> path_words(std::string_view path) {
  uint64_t hash = path_hash(path);
  return {static_cast<uint32_t>(hash), static_cast<uint32_t>(hash >> 32)};
}

/// The four words of one element.
constexpr std::array<uint32_t, 4> random_words(std::array<uint32_t, 2> seed, std::string_view path, uint32_t step,
                                               uint32_t scan_index, uint32_t element) {
  std::array<uint32_t, 2> key = path_words(path);
  return philox4x32({element, step, scan_index, 0}, {seed[0] ^ key[0], seed[1] ^ key[1]});
}

/// Uniform in [0, 1) with 24, with 53 random bits.
constexpr float uniform_f32(const std::array<uint32_t, 4>& words) {
  return static_cast<float>(words[0] >> 8) * 0x1p-24f;
}
constexpr double uniform_f64(const std::array<uint32_t, 4>& words) {
  return (static_cast<double>(words[0] >> 5) * 0x1p26 + static_cast<double>(words[1] >> 6)) * 0x1p-53;
}

}  // namespace nnc
