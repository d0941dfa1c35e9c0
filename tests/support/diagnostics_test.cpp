#include "support/diagnostics.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

SourceFile two_lines() { return {"net.nn", "param W2: f32[100, 10]\ny = relu(h @ W2 + b2)\n"}; }

Range range_of(const SourceFile& source, const std::string& text, size_t from = 0) {
  auto begin = static_cast<uint32_t>(source.text().find(text, from));
  return {begin, begin + static_cast<uint32_t>(text.size())};
}

TEST(Render, ShowsPositionCaretsOriginsAndHelp) {
  SourceFile source = two_lines();
  Diagnostics diagnostics;
  diagnostics.error("E0312", range_of(source, "@"), "'@' needs the inner axes to agree: 50 against 100")
      .label(range_of(source, "h "), "h: f32[B, 50]")
      .label(range_of(source, "W2 +"), "W2: f32[100, 10]")
      .suggest("W2 probably wants 'hidden' (= 50)");
  EXPECT_EQ(render(diagnostics, source),
            "net.nn:2:12: error[E0312]: '@' needs the inner axes to agree: 50 against 100\n"
            "    2 | y = relu(h @ W2 + b2)\n"
            "      |          --^ ----\n"
            "      |          |   W2: f32[100, 10]\n"
            "      |          h: f32[B, 50]\n"
            " help: W2 probably wants 'hidden' (= 50)\n");
}

TEST(Render, CountsErrorsAndSortsThemByPosition) {
  SourceFile source = two_lines();
  Diagnostics diagnostics;
  diagnostics.error("E0310", range_of(source, "relu"), "second");
  diagnostics.error("E0302", range_of(source, "W2"), "first");
  std::string text = render(diagnostics, source);
  EXPECT_LT(text.find("first"), text.find("second"));
  EXPECT_TRUE(text.ends_with("2 errors\n"));
}

TEST(Render, ReportsAPlaceOnce) {
  SourceFile source = two_lines();
  Diagnostics diagnostics;
  diagnostics.error("E0302", range_of(source, "relu"), "first");
  diagnostics.error("E0310", range_of(source, "relu"), "again");
  EXPECT_EQ(diagnostics.error_count(), 1);
  EXPECT_EQ(render(diagnostics, source).find("again"), std::string::npos);
}

TEST(Render, EscapesWhatATerminalWouldObey) {
  SourceFile source("a\x1b[31m.nn", "x = \x1b[2J\n");
  Diagnostics diagnostics;
  diagnostics.error("E0302", {4, 5}, "control \x1b character");
  EXPECT_EQ(render(diagnostics, source).find('\x1b'), std::string::npos);
}

TEST(Render, CutsLongLinesAroundTheCaret) {
  SourceFile source("a.nn", std::string(100'000, 'a') + "HERE" + std::string(100'000, 'b'));
  Diagnostics diagnostics;
  diagnostics.error("E0302", {100'000, 100'004}, "here");
  std::string text = render(diagnostics, source);
  EXPECT_LT(text.size(), 500U);
  EXPECT_NE(text.find("HERE"), std::string::npos);
}

TEST(Nearest, FindsTyposAndKeepsSilentOtherwise) {
  EXPECT_EQ(nearest("rleu", {"relu", "elu", "tanh"}), "relu");
  EXPECT_EQ(nearest("softmx", {"softmax", "sigmoid"}), "softmax");
  EXPECT_EQ(nearest("banana", {"softmax", "sigmoid"}), "");
  EXPECT_EQ(nearest("x", {"y"}), "");
  EXPECT_EQ(nearest("price", {"pick"}), "") << "two letters of five are another word";
}

TEST(SourceFile, LocatesInEveryKindOfLine) {
  SourceFile source("a.nn",
                    "\xEF\xBB\xBF"
                    "ab\r\ncd\refé\nx");
  EXPECT_EQ(source.line_count(), 4);
  EXPECT_EQ(source.locate(3).column, 1);
  EXPECT_EQ(source.locate(7).line, 2);
  EXPECT_EQ(source.line_at(source.line_start(1)), "ab");
  EXPECT_EQ(source.line_at(source.line_start(3)), "efé");
  EXPECT_EQ(source.locate(14).line, 3);
  EXPECT_EQ(source.locate(14).column, 4);
}

TEST(SourceFile, CountsTheLinesOfEachOfItsFiles) {
  SourceFile source("a.nn", "one\ntwo");
  const size_t second = source.append("b.nn", "\xEF\xBB\xBFthree\nfour\n"), third = source.append("c.nn", "");
  const uint32_t begin = source.parts()[second].range.begin;
  EXPECT_EQ(source.text(), "one\ntwo");
  EXPECT_EQ(source.text(second), "three\nfour\n");
  EXPECT_EQ(source.origin(begin + 7), (Origin{"b.nn", 2, 2, ""}));
  EXPECT_EQ(source.line_at(begin + 7), "four");
  EXPECT_EQ(source.origin(6), (Origin{"a.nn", 2, 3, ""}));
  EXPECT_EQ(source.origin(7), (Origin{"a.nn", 2, 4, ""})) << "its end is its own";
  EXPECT_EQ(source.origin(source.parts()[third].range.begin).line, 1);
  const SourceFile changed = source.with_text("1\n2\n3");
  EXPECT_EQ(changed.text(), "1\n2\n3");
  EXPECT_EQ(changed.text(second), "three\nfour\n");
  EXPECT_EQ(changed.origin(changed.parts()[second].range.begin), (Origin{"b.nn", 1, 1, ""}));
}

TEST(Render, NamesTheFileOfEachPlace) {
  SourceFile source("a.nn", "abc");
  const uint32_t begin = source.parts()[source.append("b.nn", "\ndef")].range.begin;
  Diagnostics diagnostics;
  diagnostics.error("E0307", {0, 3}, "twice").note({begin + 1, begin + 4}, "first");
  EXPECT_EQ(
      render(diagnostics, source),
      "a.nn:1:1: error[E0307]: twice\n    1 | abc\n      | ^~~\n note: first (b.nn:2)\n    2 | def\n      | ^~~\n");
}

// Every place of a line of megabytes: counted from its start each time, they would take hours.
TEST(SourceFile, LocatesInALineOfAnyLength) {
  std::string text = "\xEF\xBB\xBF# é\n";
  const size_t start = text.size();
  while (text.size() < 4'000'000) text += "a+é+";
  const SourceFile source("a.nn", text);
  int column = 1;
  for (size_t at = start; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
    const LineColumn found = source.locate(static_cast<uint32_t>(at));
    ASSERT_EQ(found.line, 2);
    if (!begins) continue;
    ASSERT_EQ(found.column, column) << at;
    ++column;
  }
}

}  // namespace
}  // namespace nnc
