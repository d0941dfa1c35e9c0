// Text from files and users, made safe to print.
#include <fmt/format.h>

#include "support/diagnostics.h"

namespace nnc {
namespace {

constexpr char32_t kInvalid = 0xFFFFFFFF;

struct Decoded {
  char32_t point = kInvalid;
  size_t bytes = 1;
};

/// The code point at the beginning of `text`, or kInvalid for one byte that begins none (overlong forms and surrogates
/// included).
Decoded decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
  char32_t point = first & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {};
    point = point << 6 | (next & 0x3Fu);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kLeast[bytes] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return {};
  return {point, bytes};
}

/// Controls of the terminal, of text direction, and what has no width: none of them may change how a message reads.
bool is_hidden(char32_t point) {
  return (point >= 0x80 && point < 0xA0) || point == 0xAD || point == 0x61C || point == 0x180E ||
         (point >= 0x200B && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2060 && point <= 0x206F) || point == 0xFEFF || (point >= 0xFFF9 && point <= 0xFFFB) ||
         (point >= 0xE0000 && point <= 0xE007F);
}

}  // namespace

std::string escape_for_terminal(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    const Decoded next = decode(text);
    if (next.point == kInvalid || next.point < 0x20 || next.point == 0x7F) {
      safe += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[0]));
    } else if (is_hidden(next.point)) {
      safe += fmt::format("\\u{{{:04X}}}", static_cast<uint32_t>(next.point));
    } else {
      safe += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes);
  }
  return safe;
}

}  // namespace nnc
