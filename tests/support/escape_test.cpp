#include <gtest/gtest.h>

#include "support/diagnostics.h"

namespace nnc {
namespace {

TEST(Escape, LeavesPrintableTextAlone) {
  EXPECT_EQ(escape_for_terminal("x: f32[B, 2] %s é ∂ 😀"), "x: f32[B, 2] %s é ∂ 😀");
}

TEST(Escape, ControlCharactersCannotReachTheTerminal) {
  EXPECT_EQ(escape_for_terminal(std::string_view("a\0b\n\x1b[31m\x7f", 10)), "a\\x00b\\x0A\\x1B[31m\\x7F");
  EXPECT_EQ(escape_for_terminal("\xc2\x9b"), "\\u{009B}");
}

TEST(Escape, NothingChangesTheDirectionOrHides) {
  EXPECT_EQ(escape_for_terminal("a\u202Eb\u200Bc\uFEFF\u2066"), "a\\u{202E}b\\u{200B}c\\u{FEFF}\\u{2066}");
}

TEST(Escape, InvalidUtf8IsShownByteByByte) {
  EXPECT_EQ(escape_for_terminal("\xff"), "\\xFF");
  EXPECT_EQ(escape_for_terminal("\xc0\xaf"), "\\xC0\\xAF");           // overlong
  EXPECT_EQ(escape_for_terminal("\xed\xa0\x80"), "\\xED\\xA0\\x80");  // surrogate
  EXPECT_EQ(escape_for_terminal("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");
  EXPECT_EQ(escape_for_terminal("caf\xe9"), "caf\\xE9");
}

}  // namespace
}  // namespace nnc
