#include "frontend/syntax/foreign_signs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace nnc {

std::span<const ForeignSign> foreign_signs() {
  static constexpr auto kSigns = std::to_array<ForeignSign>({
      {"**", "^", "written '^': x^2"},
      {"&&", "and", "written 'and': a > 0 and b > 0"},
      {"||", "or", "written 'or': a > 0 or b > 0"},
      {"!", "not", "written 'not': not a"},
      {"?", "", "if a { x } else { y } chooses when compiled, where(a, x, y) element by element"},
      {"&", "and", "written 'and': a > 0 and b > 0"},
      {"//", "/", "a comment begins with #; a quotient is rounded down with floor(a / b)"},
      {"%", "/", "the remainder of a / b is a - b * floor(a / b)"},
      {"+=", "=", "nothing is changed in place: x = x + y binds the name anew"},
      {"-=", "=", "nothing is changed in place: x = x - y binds the name anew"},
      {"*=", "=", "nothing is changed in place: x = x * y binds the name anew"},
      {"/=", "=", "nothing is changed in place: x = x / y binds the name anew"},
      {"===", "==", "written '==': a == b"},
      {"<>", "!=", "written '!=': a != b"},
      {":=", "=", "written '=': y = x + 1"},
      {"++", "", "nothing is changed in place: n = n + 1 binds the name anew"},
      {"~", "not", "written 'not': not a"},
      {"\\", "", "a line goes on by itself where it ends in an operator, a ',' or an open bracket"},
  });
  return kSigns;
}

namespace {

bool of_operand(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The letters and digits that end before a place, and those that begin at one, across blanks.
Range before(std::string_view text, size_t at) {
  size_t end = at;
  while (end > 0 && is_blank(text[end - 1])) --end;
  size_t begin = end;
  while (begin > 0 && of_operand(text[begin - 1])) --begin;
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

Range behind(std::string_view text, size_t at) {
  size_t begin = at;
  while (begin < text.size() && is_blank(text[begin])) ++begin;
  size_t end = begin;
  while (end < text.size() && of_operand(text[end])) ++end;
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

/// What stands next to a range, past blanks; a newline at the ends of the text.
char next_to(std::string_view text, Range range, bool after) {
  size_t at = after ? range.end : range.begin;
  while (after ? at < text.size() && is_blank(text[at]) : at > 0 && is_blank(text[at - 1])) after ? ++at : --at;
  const bool ends = after ? at >= text.size() : at == 0;
  return ends ? '\n' : text[after ? at : at - 1];
}

bool among(char c, std::string_view signs) { return signs.find(c) != std::string_view::npos; }

}  // namespace

std::vector<Change> changes_of(std::string_view sign, std::string_view text, size_t at) {
  const Range left = before(text, at), right = behind(text, at + sign.size());
  const std::string_view a = text.substr(left.begin, left.end - left.begin);
  const std::string_view b = text.substr(right.begin, right.end - right.begin);
  const char first = next_to(text, left, false), last = next_to(text, right, true);
  const bool assigns = sign.size() == 2 && sign[1] == '=' && among(sign[0], "+-*/");
  if (assigns && !a.empty() && among(first, "\n;{")) {
    const bool alone = !b.empty() && among(last, "\n\r;}#");
    if (!alone && sign != "+=") return {};  // a - (b - c)
    return {{{left.end, right.begin}, fmt::format(" = {} {} ", a, sign[0])}};
  }
  const bool simple = !a.empty() && !b.empty() && among(first, "\n;{=(,[+") && among(last, "\n\r;})],#+-<>=!");
  if (sign != "%" || !simple) return {};
  return {{Range::cover(left, right), fmt::format("({} - {} * floor({} / {}))", a, b, a, b)}};
}

std::string as_comments(std::string_view lines) {
  std::string result = "#";
  bool begins = false;  // only blanks since the line began
  for (const char c : lines) {
    if (begins && !is_blank(c) && c != '\n' && c != '\r') result += "# ";
    begins = c == '\n' || (begins && is_blank(c));
    result += c;
  }
  return result;
}

const char* in_ascii(uint32_t code) {
  struct Sign {
    uint32_t code;
    const char* help;
  };
  static constexpr const char* kQuotes = "a string stands in plain double quotes: \"name\"";
  static constexpr const char* kMinus = "minus is written -";
  static constexpr const char* kTimes = "times is written *";
  static constexpr const char* kBlank = "this only looks like a blank: write a plain one";
  static constexpr auto kSigns = std::to_array<Sign>({
      {0x2018, kQuotes},
      {0x2019, kQuotes},
      {0x201C, kQuotes},
      {0x201D, kQuotes},
      {0x201E, kQuotes},
      {0x00AB, kQuotes},
      {0x00BB, kQuotes},
      {0x2212, kMinus},
      {0x2013, kMinus},
      {0x2014, kMinus},
      {0x00D7, kTimes},
      {0x00B7, kTimes},
      {0x22C5, kTimes},
      {0x2217, kTimes},
      {0x00A0, kBlank},
      {0x2003, kBlank},
      {0x2009, kBlank},
      {0x202F, kBlank},
      {0x3000, kBlank},
      {0x00F7, "a quotient is written /"},
      {0x2264, "at most is written <="},
      {0x2265, "at least is written >="},
      {0x2260, "written '!=': a != b"},
      {0x2192, "the arrow is written ->"},
      {0x00B2, "a square is written x^2"},
      {0x00B3, "a cube is written x^3"},
      {0x221A, "a root is written sqrt(x)"},
      {0x2026, "further axes and ranges are written with two points: .."},
      {0x03C0, "this number is written pi"},
  });
  for (const Sign& sign : kSigns) {
    if (sign.code == code) return sign.help;
  }
  const bool greek = code >= 0x0391 && code <= 0x03C9;
  return greek ? "letters of formulas are spelled out: alpha, sigma" : "";
}

}  // namespace nnc
