#include "runtime/data/characters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "runtime/data/byte_stream.h"
#include "runtime/io/data_error.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kMostBytes = size_t{4} << 30;

std::string whole_file(const std::string& path) {
  const std::unique_ptr<ByteStream> stream = open_bytes(path);
  std::string text;
  std::vector<std::byte> block(1 << 16);
  while (const size_t got = stream->read(block)) {
    text.append(reinterpret_cast<const char*>(block.data()), got);
    if (text.size() > kMostBytes) {
      throw file_failure(path, fmt::format("a text of more than the limit of {} bytes", kMostBytes));
    }
  }
  if (stream->changed()) throw file_failure(path, "the file changed while it was read");
  return text;
}

/// How many bytes the character has that begins with this one; 0 where none begins so.
size_t length_of(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

/// The character at `at`, which moves behind it; nothing where the bytes are no UTF-8.
std::optional<char32_t> next_character(std::string_view text, size_t& at) {
  const size_t length = length_of(static_cast<unsigned char>(text[at]));
  if (length == 0 || text.size() - at < length || !is_utf8(text.substr(at, length))) return std::nullopt;
  char32_t character = static_cast<unsigned char>(text[at]);
  if (length > 1) character &= (1U << (7 - length)) - 1;
  for (size_t i = 1; i < length; ++i) character = character << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  at += length;
  return character;
}

/// Line and column of a byte.
TextPlace place_of(const std::string& path, std::string_view text, size_t at) {
  TextPlace place{path, 1, 1};
  for (size_t i = 0; i < at; ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80) {
      ++place.column;
    }
  }
  return place;
}

}  // namespace

std::vector<char32_t> read_characters(const std::string& path) {
  const std::string bytes = whole_file(path);
  std::string_view text = bytes;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<char32_t> characters;
  characters.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const std::optional<char32_t> character = next_character(text, at);
    if (!character) {
      throw text_failure(
          place_of(path, text, at),
          fmt::format("the byte 0x{:02X} is no UTF-8", static_cast<unsigned>(static_cast<unsigned char>(text[at]))),
          "save the text as UTF-8");
    }
    characters.push_back(*character);
  }
  if (characters.empty()) throw file_failure(path, "the text has no character");
  if (characters.size() > std::numeric_limits<int32_t>::max()) {
    throw file_failure(path, fmt::format("{} characters, more than the limit of {}", characters.size(),
                                         std::numeric_limits<int32_t>::max()));
  }
  return characters;
}

std::optional<std::vector<char32_t>> characters_of(std::string_view text) {
  std::vector<char32_t> characters;
  for (size_t at = 0; at < text.size();) {
    const std::optional<char32_t> character = next_character(text, at);
    if (!character) return std::nullopt;
    characters.push_back(*character);
  }
  return characters;
}

std::string utf8(char32_t character) {
  std::string text;
  auto add = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (character < 0x80) {
    add(character);
  } else if (character < 0x800) {
    add(0xC0 | character >> 6);
    add(0x80 | (character & 0x3F));
  } else if (character < 0x10000) {
    add(0xE0 | character >> 12);
    add(0x80 | (character >> 6 & 0x3F));
    add(0x80 | (character & 0x3F));
  } else {
    add(0xF0 | character >> 18);
    add(0x80 | (character >> 12 & 0x3F));
    add(0x80 | (character >> 6 & 0x3F));
    add(0x80 | (character & 0x3F));
  }
  return text;
}

std::string character_name(char32_t character) {
  if (character == '\n') return "'\\n'";
  if (character == '\t') return "'\\t'";
  if (character == '\r') return "'\\r'";
  const std::string text = escape_for_terminal(utf8(character));
  if (character > ' ' && character < 0x7F) return fmt::format("'{}'", text);
  return fmt::format("'{}' (U+{:04X})", text, static_cast<uint32_t>(character));
}

std::vector<std::string> different_characters(std::span<const char32_t> text) {
  const std::set<char32_t> different(text.begin(), text.end());
  std::vector<std::string> names;
  for (const char32_t character : different) names.push_back(utf8(character));
  return names;
}

std::vector<int32_t> encoded(std::span<const char32_t> text, const std::vector<std::string>& vocabulary) {
  std::map<char32_t, int32_t> numbers;
  for (size_t i = 0; i < vocabulary.size(); ++i) {
    size_t at = 0;
    const std::string& name = vocabulary[i];
    const std::optional<char32_t> character = name.empty() ? std::nullopt : next_character(name, at);
    if (character) numbers.emplace(*character, static_cast<int32_t>(i));
  }
  std::vector<int32_t> codes;
  codes.reserve(text.size());
  for (const char32_t character : text) {
    auto found = numbers.find(character);
    codes.push_back(found == numbers.end() ? -1 : found->second);
  }
  return codes;
}

std::vector<TextPart> text_parts(int64_t characters, const SplitShares& shares) {
  if (shares.empty()) return {{"train", 0, characters}};
  std::vector<TextPart> parts;
  double sum = 0;
  int64_t begin = 0;
  for (size_t k = 0; k < shares.size(); ++k) {
    sum += shares[k].second;
    const auto nearest = static_cast<int64_t>(std::floor(static_cast<double>(characters) * sum + 0.5));
    const int64_t end = k + 1 == shares.size() ? characters : std::clamp(nearest, begin, characters);
    parts.push_back({shares[k].first, begin, end});
    begin = end;
  }
  return parts;
}

int64_t windows_in(const TextPart& part, int64_t window, int64_t stride) {
  const int64_t length = part.end - part.begin;
  return length < window ? 0 : (length - window) / stride + 1;
}

}  // namespace nnc
