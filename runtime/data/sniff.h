// What a file that is not what it should be looks like, from its first bytes.
#pragma once

#include <string>
#include <string_view>

namespace nnc {

/// "gzip", "UTF-16 text", "a PDF", "an HTML page", … or empty when nothing is recognised. `fix` says what to do about
/// it; it may be empty.
struct Likeness {
  std::string what;
  std::string fix;
};
/// For a text file: `start` is its first block.
Likeness unlike_text(std::string_view start);
/// For a binary file of another kind.
Likeness unlike_binary(std::string_view start);

}  // namespace nnc
