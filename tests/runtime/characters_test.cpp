// A text as numbers: its characters, their vocabulary, and parts of it.
#include "runtime/data/characters.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "support/error.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

std::string complaint(const std::string& bytes) {
  TempFolder folder;
  try {
    read_characters(folder.write("t.txt", bytes));
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

TEST(Characters, AreCodePoints) {
  TempFolder folder;
  // one of each length in bytes, a line break of Windows, and a byte order mark, which is no character
  const std::string text = "a\xC3\xA9\xED\x95\x9C\xF0\x9F\x90\x88\r\n";
  const std::vector<char32_t> wanted{'a', 0xE9, 0xD55C, 0x1F408, '\r', '\n'};
  EXPECT_EQ(read_characters(folder.write("t.txt", "\xEF\xBB\xBF" + text)), wanted);
  std::string again;
  for (const char32_t character : wanted) again += utf8(character);
  EXPECT_EQ(again, text);
  EXPECT_EQ(characters_of(text), wanted);
  EXPECT_EQ(characters_of("\xED\xA0\x80"), std::nullopt);
}

TEST(Characters, AreReadFromAPackedFile) {
  TempFolder folder;
  const std::string path = folder.write("t.txt.gz", "");
  gzFile file = gzopen(path.c_str(), "wb");
  gzputs(file, "to be");
  gzclose(file);
  EXPECT_EQ(read_characters(path), (std::vector<char32_t>{'t', 'o', ' ', 'b', 'e'}));
}

TEST(Characters, WhatIsNoTextIsAnErrorAtItsPlace) {
  EXPECT_NE(complaint("ab\nc\xC3\xA9\xFFz").find("t.txt:2:3: error: the byte 0xFF is no UTF-8"), std::string::npos);
  EXPECT_NE(complaint("a\xE2\x82").find("t.txt:1:2: error: the byte 0xE2 is no UTF-8"), std::string::npos);  // cut off
  EXPECT_NE(complaint("\xC0\x80").find("0xC0"), std::string::npos);                                          // overlong
  EXPECT_NE(complaint("").find("the text has no character"), std::string::npos);
  EXPECT_NE(complaint("\xEF\xBB\xBF").find("the text has no character"), std::string::npos);
}

TEST(Characters, AreNumberedInTheirOrder) {
  const std::vector<char32_t> text{'b', 0x1F408, 'a', 'b', 0xE9};
  const std::vector<std::string> vocabulary = different_characters(text);
  EXPECT_EQ(vocabulary, (std::vector<std::string>{"a", "b", "\xC3\xA9", "\xF0\x9F\x90\x88"}));
  EXPECT_EQ(encoded(text, vocabulary), (std::vector<int32_t>{1, 3, 0, 1, 2}));
  EXPECT_EQ(encoded(std::vector<char32_t>{'a', 'c'}, vocabulary), (std::vector<int32_t>{0, -1}));
}

TEST(Characters, AreNamedForMessages) {
  EXPECT_EQ(character_name('x'), "'x'");
  EXPECT_EQ(character_name('\n'), "'\\n'");
  EXPECT_EQ(character_name(' '), "' ' (U+0020)");
  EXPECT_EQ(character_name(0xE9), "'\xC3\xA9' (U+00E9)");
}

TEST(Characters, ATextIsCutInItsOrder) {
  const std::vector<TextPart> parts = text_parts(103, {{"train", 0.8}, {"valid", 0.1}, {"test", 0.1}});
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].begin, 0);
  EXPECT_EQ(parts[0].end, 82);
  EXPECT_EQ(parts[1].end, 93);
  EXPECT_EQ(parts[2].end, 103);
  EXPECT_EQ(windows_in(parts[2], 10, 1), 1);
  EXPECT_EQ(windows_in(parts[2], 11, 1), 0);
  EXPECT_EQ(windows_in(parts[0], 10, 1), 73);
  EXPECT_EQ(windows_in(parts[0], 10, 9), 9);  // the last begins at 72
  EXPECT_EQ(windows_in(parts[0], 10, 100), 1);
}

}  // namespace
}  // namespace nnc
