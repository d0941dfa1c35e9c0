// A text as numbers: its characters (Unicode code points), the vocabulary that they make, and the windows that are cut
// of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/data/split.h"

namespace nnc {

/// The characters of a file, plain or .gz, without a byte order mark. No UTF-8, no character or more than 2³¹−1 of them
/// is an error at the place.
std::vector<char32_t> read_characters(const std::string& path);
/// Of a text that is no file: nothing where it is no UTF-8.
std::optional<std::vector<char32_t>> characters_of(std::string_view text);

/// A character as UTF-8.
std::string utf8(char32_t character);
/// For messages: 'a', '\n', '“' (U+201C).
std::string character_name(char32_t character);

/// The different characters, in the order of their code points, as UTF-8.
std::vector<std::string> different_characters(std::span<const char32_t> text);

/// Where each character stands in a vocabulary; −1 for one that it does not have.
std::vector<int32_t> encoded(std::span<const char32_t> text, const std::vector<std::string>& vocabulary);

/// A part of a text: characters `begin` to `end`, exclusive.
struct TextPart {
  std::string name;
  int64_t begin = 0, end = 0;
};
/// Cut in the order of the text: part k ends at the character nearest to characters × (sum of the shares up to k).
/// Without shares the whole text is "train".
std::vector<TextPart> text_parts(int64_t characters, const SplitShares& shares);
/// Windows that lie within the part whole, every `stride` characters one.
int64_t windows_in(const TextPart& part, int64_t window, int64_t stride);

}  // namespace nnc
