// Signs that other languages, editors and formulas have, and how the same is written here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/diagnostics.h"

namespace nnc {

struct ForeignSign {
  std::string_view sign, meant;  ///< nothing is meant where the language has no such operator
  const char* help;
};

/// Operators of other languages; one that begins another stands behind it.
std::span<const ForeignSign> foreign_signs();

/// What to write in place of `x += 1` or `a % 2`, with the sign at `at`: where the operands are names and numbers
/// alone, so that nothing depends on what binds more tightly; else nothing.
std::vector<Change> changes_of(std::string_view sign, std::string_view text, size_t at);

/// The lines of a text, each behind a #.
std::string as_comments(std::string_view lines);

/// How a sign beyond ASCII (by its code point) is written; "" where that isn't known.
const char* in_ascii(uint32_t code);

}  // namespace nnc
