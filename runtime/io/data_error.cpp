#include "runtime/io/data_error.h"

#include <fmt/format.h>

#include "support/diagnostics.h"

namespace nnc {
namespace {

std::string with_help(std::string message, const std::string& help) {
  if (!help.empty()) message += "\n help: " + help;
  return message;
}

}  // namespace

Failure text_failure(const TextPlace& where, const std::string& message, const std::string& help) {
  return {ExitCode::wrong_program, with_help(fmt::format("{}:{}:{}: error: {}", escape_for_terminal(where.file),
                                                         where.line, where.column, message),
                                             help)};
}

std::string text_warning(const TextPlace& where, const std::string& message) {
  return fmt::format("{}:{}:{}: warning: {}", escape_for_terminal(where.file), where.line, where.column, message);
}

Failure offset_failure(const std::string& file, uint64_t offset, const std::string& message, const std::string& help) {
  return {ExitCode::wrong_program, with_help(fmt::format("{}: offset {} (0x{:x}): error: {}", escape_for_terminal(file),
                                                         offset, offset, message),
                                             help)};
}

Failure file_failure(const std::string& file, const std::string& message, const std::string& help) {
  return {ExitCode::wrong_program, with_help(fmt::format("{}: error: {}", escape_for_terminal(file), message), help)};
}

Failure origin_failure(const Origin& where, const std::string& message, const std::string& help) {
  if (where.known()) return text_failure({where.file, where.line, where.column}, message, help);
  return {ExitCode::wrong_program, with_help(fmt::format("error: {}", message), help)};
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kShown = 60;
  if (text.size() <= kShown) return fmt::format("'{}'", escape_for_terminal(text));
  size_t cut = kShown;
  while (cut > kShown - 4 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return fmt::format("'{}…' ({} bytes)", escape_for_terminal(text.substr(0, cut)), text.size());
}

std::string listed(const std::vector<std::string>& names, size_t limit) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < limit; ++i) {
    if (i > 0) text += ", ";
    text += in_quotes(names[i]);
  }
  if (names.size() > limit) text += fmt::format(" and {} more", names.size() - limit);
  return text;
}

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const int extra = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    if (first < 0xC2 || first > 0xF4 || i + static_cast<size_t>(extra) >= text.size()) return false;
    uint32_t point = first & (0x3Fu >> extra);
    for (int k = 1; k <= extra; ++k) {
      const auto next = static_cast<unsigned char>(text[i + static_cast<size_t>(k)]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3Fu);
    }
    if (extra == 2 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) return false;
    if (extra == 3 && (point < 0x10000 || point > 0x10FFFF)) return false;
    i += static_cast<size_t>(extra) + 1;
  }
  return true;
}

}  // namespace nnc
