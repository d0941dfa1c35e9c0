// The page of an error code, as `nnc explain E0312` prints it.
#pragma once

#include <string>
#include <string_view>

namespace nnc {

/// Whether the word is written like a code: a letter E or W and four digits, of either case.
bool looks_like_code(std::string_view word);

/// What the code means, with an example. An unknown code is a Failure (exit 2) with the nearest one.
std::string code_page(std::string_view code);

}  // namespace nnc
