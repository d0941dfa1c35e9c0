#include "runtime/data/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "runtime/io/data_error.h"

namespace nnc {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

std::string with(std::string_view text, char old, char replacement) {
  std::string left(text);
  std::replace(left.begin(), left.end(), old, replacement);
  return left;
}

bool valid(std::string_view text, char decimal) { return parse_number(text, decimal).fault == NumberFault::none; }

/// "1234567.5" of "1,234,567.5": a number whose whole part is cut into thousands by `group`; else empty.
std::string ungrouped(std::string_view text, char group, char decimal) {
  const size_t begin = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  const std::string_view whole = text.substr(begin, text.find(decimal, begin) - begin);
  size_t next = whole.find(group);
  if (next == std::string_view::npos || next == 0 || next > 3 || whole[0] == '0') return "";
  for (; next < whole.size(); next += 4) {
    const std::string_view digits = whole.substr(next + 1, 3);
    if (whole[next] != group || digits.size() != 3 || !std::all_of(digits.begin(), digits.end(), is_digit)) return "";
  }
  const std::string digits = without(text, group);
  return valid(digits, decimal) ? digits : "";
}

/// What to do about a number whose decimals stand behind the other sign than the format's.
std::string other_decimals(const std::string& number, const CsvFormat& format) {
  if (format.decimal == ',') return fmt::format("numbers are written with a comma here: {}", number);
  if (format.separator == ',') return fmt::format("decimal comma? numbers are written with a point: {}", number);
  return fmt::format("decimal comma? csv(…, decimal: \",\"), or write {}, with a point", number);
}

/// What a number with decimal commas, points or thousands separators where they do not belong should be; or empty.
std::string likely_number(std::string_view text, const CsvFormat& format) {
  const char own = format.decimal, other = own == '.' ? ',' : '.';
  const char* const sign = own == '.' ? "point" : "comma";
  const bool once = std::count(text.begin(), text.end(), other) == 1 && text.find(own) == std::string_view::npos;
  const std::string decimal = once && valid(with(text, other, own), own) ? with(text, other, own) : "";
  const std::string grouped = ungrouped(text, other, own);
  if (!decimal.empty() && !grouped.empty()) {
    const std::string read_so = own == ','                ? "leave out 'decimal'"
                                : format.separator == ',' ? fmt::format("write {}", decimal)
                                                          : "csv(…, decimal: \",\")";
    return fmt::format("thousands? then write {}; decimals behind a {}? then {}", grouped,
                       own == '.' ? "comma" : "point", read_so);
  }
  if (!decimal.empty()) return other_decimals(decimal, format);
  if (!grouped.empty()) return fmt::format("digits are written without separators: {}", grouped);
  if (const std::string swapped = ungrouped(text, own, other); !swapped.empty()) {
    return fmt::format("digits are written without separators, with a {}: {}", sign, with(swapped, other, own));
  }
  for (const char group : {other, '_', '\'', ' '}) {
    if (const std::string digits = without(text, group); digits.size() < text.size() && valid(digits, own)) {
      return fmt::format("digits are written without separators: {}", digits);
    }
  }
  return "";
}

/// A likely reading of a cell that is no number, or empty.
std::string likely_fix(std::string_view text, const CsvFormat& format) {
  if (is_missing(text)) return "a missing value: fill it in, or leave the row out";
  if (std::string number = likely_number(text, format); !number.empty()) return number;
  if (text.size() > 1 && !is_digit(text.front()) && valid(text.substr(1), format.decimal)) {
    return "a unit? leave it out";
  }
  if (text.size() > 1 && text.back() == '%' && valid(text.substr(0, text.size() - 1), format.decimal)) {
    return "a unit? leave it out";
  }
  for (const char separator : {';', '\t', '|', ','}) {
    if (separator == format.separator || text.find(separator) == std::string_view::npos) continue;
    if (separator == ',' && format.decimal == ',') continue;
    return fmt::format("is the separator {}? csv(…, separator: {})", separator_words(separator),
                       separator_text(separator));
  }
  if (text.size() > 3 && static_cast<unsigned char>(text[0]) >= 0x80) return "digits are 0 to 9 in ASCII";
  return "";
}

/// Powers of ten that a double holds exactly.
constexpr std::array<double, 23> kPowersOfTen{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                              1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// Digits with at most one point, at most 15 of them: digits and power of ten are exact doubles, so that one division
/// rounds correctly. Nothing for any other text. Most cells are of this kind, and need a fifth of the time.
std::optional<double> plain_decimal(std::string_view text, char decimal) {
  constexpr size_t kExactDigits = 15;
  uint64_t digits = 0;
  size_t point = text.size();
  if (text.size() > kExactDigits + 1) return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      digits = digits * 10 + static_cast<uint64_t>(text[i] - '0');
    } else if (text[i] == decimal && point == text.size()) {
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

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_missing(std::string_view text) {
  constexpr std::array<std::string_view, 5> kWords{"na", "n/a", "null", "none", "nan"};
  text = trimmed(text);
  return text.empty() || text == "?" || text == "-" ||
         std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) { return is_word(text, word); });
}

ParsedNumber parse_number(std::string_view text, char decimal) {
  text = trimmed(text);
  if (text.empty()) return {0, NumberFault::empty};
  std::string_view number = text;
  const bool negative = number.front() == '-';
  if (negative || number.front() == '+') number.remove_prefix(1);
  const bool starts = !number.empty() && (is_digit(number[0]) || (number[0] == decimal && number.size() > 1));
  if (!starts) return {0, is_not_finite(text) ? NumberFault::not_finite : NumberFault::malformed};
  if (const std::optional<double> plain = plain_decimal(number, decimal))
    return {negative ? -*plain : *plain, NumberFault::none};
  std::string pointed;
  if (decimal != '.') {
    if (number.find('.') != std::string_view::npos) return {0, NumberFault::malformed};
    number = pointed = with(number, decimal, '.');
  }
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

NumberComplaint complain(std::string_view text, NumberFault fault, const CsvFormat& format) {
  text = trimmed(text);
  switch (fault) {
    case NumberFault::none: return {};
    case NumberFault::empty: return {"an empty field where a number is expected", "fill it in, or leave the row out"};
    case NumberFault::not_finite: return {fmt::format("{} is not a finite number", in_quotes(text)), ""};
    case NumberFault::out_of_range: return {fmt::format("{} is out of range", in_quotes(text)), ""};
    case NumberFault::malformed: break;
  }
  return {fmt::format("{} is not a number", in_quotes(text)), likely_fix(text, format)};
}

}  // namespace nnc
