// Bytes that a .nn file should not hold, and forms of a file that are fine: the answers of bad-inputs 1 to 12 and 26.

#include <gtest/gtest.h>

#include "tests/frontend/programs.h"

namespace nnc {
namespace {

using testing::check_text;
using testing::CheckedText;

/// The first line of the first diagnostic.
std::string answer(const std::string& text) {
  std::string rendered = check_text(text).rendered();
  return rendered.substr(0, rendered.find('\n'));
}

constexpr const char* kFine = "fn f(x: f32[B]) = x + 1\n";

TEST(BadText, EmptyFilesDefineNoNetwork) {
  EXPECT_EQ(answer(""), "t.nn:1:1: error[E0200]: no network defined");
  EXPECT_EQ(answer("# only a comment\n\n"), "t.nn:1:1: error[E0200]: no network defined");
}

TEST(BadText, LineEndsAndByteOrderMarksAreFine) {
  EXPECT_EQ(answer(std::string("\xEF\xBB\xBF") + kFine), "");
  EXPECT_EQ(answer("fn f(x: f32[B]) = x + 1\r\nfn g(x: f32[B]) = f(x)\r\n"), "");
  EXPECT_EQ(answer("fn f(x: f32[B]) = x + 1\rfn g(x: f32[B]) = f(x)"), "");
  EXPECT_EQ(answer("fn f(x: f32[B]) = x + 1\r\nfn g(x: f32[B]) = q(x)\r\n"),
            "t.nn:2:19: error[E0302]: 'q' is not defined");
}

TEST(BadText, OtherEncodingsAndHiddenCharactersAreNamed) {
  EXPECT_EQ(answer(std::string("\xFF\xFE"
                               "f\0n\0",
                               6)),
            "t.nn:1:1: error[E0101]: this looks like UTF-16; save it as UTF-8");
  EXPECT_EQ(answer(std::string("f\0n\0", 4)), "t.nn:1:1: error[E0101]: this looks like UTF-16; save it as UTF-8");
  EXPECT_EQ(answer(std::string("\0f\0n", 4)), "t.nn:1:1: error[E0101]: this looks like UTF-16; save it as UTF-8");
  EXPECT_EQ(answer("fn f(x: f32[B]) = x # \xC0\xAF\n"), "t.nn:1:23: error[E0102]: invalid UTF-8: byte 0xC0");
  EXPECT_EQ(answer("fn f\xED\xA0\x80(x: f32[B]) = x\n").substr(0, 30), "t.nn:1:5: error[E0102]: invali");
  EXPECT_EQ(answer(std::string("fn f(x: f32[B]) = x \0\n", 22)),
            "t.nn:1:21: error[E0103]: the control character 0x00 is not allowed");
  EXPECT_EQ(answer("# \xE2\x80\xAE evil\n"), "t.nn:1:3: error[E0104]: the invisible character U+202E is not allowed");
  EXPECT_EQ(answer("fn f(x: f32[B]) = \xD0\xB0\n").substr(0, 64),
            "t.nn:1:19: error[E0106]: names are ASCII, and this is U+0430");
}

TEST(BadText, StringsAndNumbersEnd) {
  EXPECT_EQ(answer("data d = csv(\"a.csv) {\n}\n"), "t.nn:1:14: error[E0108]: this string is not closed");
  for (const char* number : {"1e", "1.2.3", "1_", "0x10", "5."}) {
    EXPECT_EQ(answer(std::string("fn f(x: f32[B]) = x + ") + number + "\n"),
              "t.nn:1:23: error[E0105]: malformed number")
        << number;
  }
  for (const char* number : {"99999999999999999999", "1e999"}) {
    EXPECT_EQ(answer(std::string("fn f(x: f32[B]) = x + ") + number + "\n"),
              "t.nn:1:23: error[E0107]: this number is out of range")
        << number;
  }
  CheckedText small = check_text("fn f(x: f32[B]) = x + 1e-400\n");
  EXPECT_NE(small.program, nullptr);
  EXPECT_NE(small.rendered().find("warning[W0107]"), std::string::npos);
}

TEST(BadText, LongNamesAndDeepNestingAreLimits) {
  EXPECT_NE(answer("fn " + std::string(1 << 20, 'a') + "(x: f32[B]) = x\n").find("E0109"), std::string::npos);
  EXPECT_EQ(answer("fn f(x: f32[B]) = x\n#" + std::string((1 << 20) - 2, 'a')), "");
  std::string wide = check_text("fn f(x: f32[B]) = x\r#" + std::string((1 << 20) - 1, 'a') + "\nfn").rendered();
  EXPECT_EQ(wide.substr(0, wide.find('\n')),
            "t.nn:2:1: error[E0109]: a line of 1048576 bytes: the limit of nnc is 1048575");
  EXPECT_LT(wide.size(), 1000u);
  EXPECT_EQ(wide.find("E0200"), std::string::npos) << wide;
  EXPECT_NE(answer("fn f(x: f32[B]) = " + std::string(100000, '-') + "x\n").find("E0201"), std::string::npos);
  EXPECT_NE(answer("fn f(x: f32[B]) = " + std::string(1000000, '[')).find("E0201"), std::string::npos);
  std::string blocks = "fn f(x: f32[B]) = ";
  for (int i = 0; i < 1000; ++i) blocks += "if training { ";
  EXPECT_NE(answer(blocks).find("E0201"), std::string::npos);
}

TEST(BadText, EscapesAndFormatsArePrintedAsText) {
  std::string rendered = check_text("data d = csv(\"%s%n\x1b[31m\") {\n  x: f32 = column(\"a\")\n}\n").rendered();
  EXPECT_EQ(rendered.find('\x1b'), std::string::npos);
  Overrides overrides;
  overrides.options["%s%n\x1b[31m"] = "1";
  CheckedText text = check_text(kFine, overrides);
  EXPECT_EQ(text.rendered().find('\x1b'), std::string::npos);
  EXPECT_NE(text.rendered().find("the program has no option"), std::string::npos);
}

}  // namespace
}  // namespace nnc
