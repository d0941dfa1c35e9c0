#include "support/shell_word.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "support/diagnostics.h"

namespace nnc {

namespace {

bool is_plain(unsigned char c) {
  return std::isalnum(c) != 0 || std::string_view("_./-+,:@%").find(static_cast<char>(c)) != std::string_view::npos;
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  const bool printable = escape_for_terminal(text) == text;
  std::string word = printable ? "'" : "$'";
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (printable) {
      word += c == '\'' ? "'\\''" : std::string(1, c);
    } else if (byte < 0x20 || byte >= 0x7F) {
      word += fmt::format("\\x{:02X}", byte);
    } else {
      word += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
  }
  return word + "'";
}

}  // namespace nnc
