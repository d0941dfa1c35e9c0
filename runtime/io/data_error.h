// Messages about data: at a line and column of a text file, or at an offset of a binary one; all exit with 1. File
// names are escaped, so that no name can send control characters to the terminal.
#pragma once

#include <cstdint>
#include <string>

#include "support/error.h"

namespace nnc {

/// A place in a text file; columns count code points from 1.
struct TextPlace {
  std::string file;
  int64_t line = 1;
  int64_t column = 1;
};

/// "file:line:col: error: message", with " help: …" on a line of its own where there is one.
Failure text_failure(const TextPlace& where, const std::string& message, const std::string& help = "");
/// "file:line:col: warning: message".
std::string text_warning(const TextPlace& where, const std::string& message);

/// "file: offset N (0xN): error: message".
Failure offset_failure(const std::string& file, uint64_t offset, const std::string& message,
                       const std::string& help = "");

/// "file: error: message", for what concerns the file as a whole.
Failure file_failure(const std::string& file, const std::string& message, const std::string& help = "");

/// At the user's place in the .nn file if it is known, else "error: message".
Failure origin_failure(const Origin& where, const std::string& message, const std::string& help = "");

/// A name, cell or path for a message: escaped, in quotes, cut after 60 bytes.
std::string in_quotes(std::string_view text);

/// "'a', 'b', 'c'" with at most `limit` names, then "and 12 more".
std::string listed(const std::vector<std::string>& names, size_t limit = 20);

/// Whether `text` is well-formed UTF-8 (no overlong form, no surrogate).
bool is_utf8(std::string_view text);

}  // namespace nnc
