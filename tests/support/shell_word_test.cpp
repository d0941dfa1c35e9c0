#include "support/shell_word.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

TEST(ShellWord, PlainNamesStayAsTheyAre) { EXPECT_EQ(shell_word("examples/a-b_1.nn"), "examples/a-b_1.nn"); }

TEST(ShellWord, WhatAShellWouldReadIsQuoted) {
  EXPECT_EQ(shell_word("a b.nn"), "'a b.nn'");
  EXPECT_EQ(shell_word("$HOME; rm *"), "'$HOME; rm *'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("é.nn"), "'é.nn'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("~x"), "'~x'");
}

TEST(ShellWord, ControlCharactersAreWrittenOut) {
  EXPECT_EQ(shell_word("a\x1b[31m'\\\n"), "$'a\\x1B[31m\\'\\\\\\x0A'");
  EXPECT_EQ(shell_word("\xff"), "$'\\xFF'");
  EXPECT_EQ(shell_word("a\u202E"), "$'a\\xE2\\x80\\xAE'");
}

}  // namespace
}  // namespace nnc
