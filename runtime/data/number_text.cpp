#include "runtime/data/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "runtime/data/data_error.h"

namespace nnc {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Whether a well-formed unsigned number that no double holds is too small and not too large: the decimal exponent of
/// its first digit that is not 0.
bool is_tiny(std::string_view text) {
  const size_t e = text.find_first_of("eE");
  const std::string_view digits = text.substr(0, e);
  const size_t first = digits.find_first_of("123456789");
  if (first == std::string_view::npos) return true;
  const size_t point = std::min(digits.find('.'), digits.size());
  const auto place = static_cast<int64_t>(point) - static_cast<int64_t>(first);
  int64_t exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view written = text.substr(e + 1);
    const bool negative = written.front() == '-';
    if (negative || written.front() == '+') written.remove_prefix(1);
    const auto result = std::from_chars(written.data(), written.data() + written.size(), exponent);
    if (result.ec == std::errc::result_out_of_range) exponent = int64_t{1} << 40;
    if (negative) exponent = -exponent;
  }
  return place + exponent < 0;
}

bool is_word(std::string_view text, std::string_view lower) {
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), [](char have, char want) {
           return (have >= 'A' && have <= 'Z' ? have + 32 : have) == want;
         });
}

bool is_not_finite(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return is_word(text, "nan") || is_word(text, "inf") || is_word(text, "infinity");
}

std::string without(std::string_view text, char unwanted) {
  std::string left(text);
  std::erase(left, unwanted);
  return left;
}

/// A likely reading of a cell that is no number, or empty.
std::string likely_fix(std::string_view text) {
  const auto valid = [](std::string_view candidate) { return parse_number(candidate).fault == NumberFault::none; };
  if (is_word(text, "na") || is_word(text, "n/a") || is_word(text, "null") || is_word(text, "none") || text == "?" ||
      text == "-") {
    return "a missing value: fill it in, or leave the row out";
  }
  if (std::count(text.begin(), text.end(), ',') == 1 && text.find('.') == std::string_view::npos) {
    std::string point(text);
    std::replace(point.begin(), point.end(), ',', '.');
    if (valid(point)) return fmt::format("decimal comma? numbers are written with a point: {}", point);
  }
  if (text.find(',') != std::string_view::npos || text.find('.') != text.rfind('.')) {
    const std::string grouped = without(text, text.rfind(',') > text.rfind('.') ? '.' : ',');
    std::string point = grouped;
    std::replace(point.begin(), point.end(), ',', '.');
    if (valid(point)) return fmt::format("digits are written without separators, with a point: {}", point);
    if (valid(without(text, ','))) return fmt::format("digits are written without separators: {}", without(text, ','));
  }
  if (valid(without(text, '_'))) return fmt::format("digits are written without separators: {}", without(text, '_'));
  if (text.size() > 1 && !is_digit(text.front()) && valid(text.substr(1))) return "a unit? leave it out";
  if (text.size() > 1 && text.back() == '%' && valid(text.substr(0, text.size() - 1))) return "a unit? leave it out";
  if (text.find(';') != std::string_view::npos) return "is the separator ';'? nnc reads fields separated by commas";
  if (text.size() > 3 && static_cast<unsigned char>(text[0]) >= 0x80) return "digits are 0 to 9 in ASCII";
  return "";
}

/// Powers of ten that a double holds exactly.
constexpr std::array<double, 23> kPowersOfTen{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Digits with at most one point, at most 15 of them: digits and power of ten are exact doubles, so that one division
/// rounds correctly. Nothing for any other text. Most cells are of this kind, and need a fifth of the time.
std::optional<double> plain_decimal(std::string_view text) {
  constexpr size_t kExactDigits = 15;
  uint64_t digits = 0;
  size_t point = text.size();
  if (text.size() > kExactDigits + 1) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      digits = digits * 10 + static_cast<uint64_t>(text[i] - '0');
    } else if (text[i] == '.' && point == text.size()) {
      point = i;
    } else {
      return std::nullopt;
    }
  }
  if (point == text.size()) {
    if (text.size() > kExactDigits) return std::nullopt;
    return static_cast<double>(digits);
  }
  return static_cast<double>(digits) / kPowersOfTen[text.size() - point - 1];
}

}  // namespace

ParsedNumber parse_number(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return {0, NumberFault::empty};
  std::string_view number = text;
  const bool negative = number.front() == '-';
  if (negative || number.front() == '+') number.remove_prefix(1);
  const bool starts = !number.empty() && (is_digit(number[0]) || (number[0] == '.' && number.size() > 1));
  if (!starts) return {0, is_not_finite(text) ? NumberFault::not_finite : NumberFault::malformed};
  if (const std::optional<double> plain = plain_decimal(number))
    return {negative ? -*plain : *plain, NumberFault::none};
  double value = 0;
  const char* end = number.data() + number.size();
  const auto result = std::from_chars(number.data(), end, value);
  if (result.ptr != end || result.ec == std::errc::invalid_argument) return {0, NumberFault::malformed};
  if (result.ec == std::errc::result_out_of_range) {
    if (!is_tiny(number)) return {0, NumberFault::out_of_range};
    value = 0;
  }
  if (!std::isfinite(value)) return {0, NumberFault::out_of_range};
  return {negative ? -value : value, NumberFault::none};
}

NumberComplaint complain(std::string_view text, NumberFault fault) {
  text = trimmed(text);
  switch (fault) {
    case NumberFault::none: return {};
    case NumberFault::empty: return {"an empty field where a number is expected", "fill it in, or leave the row out"};
    case NumberFault::not_finite: return {fmt::format("{} is not a finite number", in_quotes(text)), ""};
    case NumberFault::out_of_range: return {fmt::format("{} is out of range", in_quotes(text)), ""};
    case NumberFault::malformed: break;
  }
  return {fmt::format("{} is not a number", in_quotes(text)), likely_fix(text)};
}

}  // namespace nnc
