#include "frontend/foreign_signs.h"

#include <array>

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
