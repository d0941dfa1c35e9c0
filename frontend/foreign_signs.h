// Signs that other languages, editors and formulas have, and how the same is written here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace nnc {

struct ForeignSign {
  std::string_view sign, meant;  ///< nothing is meant where the language has no such operator
  const char* help;
};

/// Operators of other languages; one that begins another stands behind it.
std::span<const ForeignSign> foreign_signs();

/// How a sign beyond ASCII (by its code point) is written; "" where that isn't known.
const char* in_ascii(uint32_t code);

}  // namespace nnc
