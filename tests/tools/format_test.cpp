// nnc fmt as a person meets it.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

constexpr const char* kUgly = "fn f(x)=x+1\n";
constexpr const char* kFine = "fn f(x) = x + 1\n";

TEST(FormatCommand, WritesFilesInTheirOneFormAndNamesThoseThatChanged) {
  TempFolder folder;
  folder.write("a.nn", kUgly);
  folder.write("b.nn", kFine);
  Ended check = run(folder, "fmt --check a.nn b.nn");
  EXPECT_EQ(check.code, 1);
  EXPECT_EQ(check.output, "a.nn: not formatted\n");
  EXPECT_EQ(folder.read("a.nn"), kUgly);
  Ended written = run(folder, "fmt a.nn b.nn");
  EXPECT_EQ(written.code, 0);
  EXPECT_EQ(written.output, "a.nn: formatted\n");
  EXPECT_EQ(folder.read("a.nn"), kFine);
  EXPECT_EQ(run(folder, "fmt --check .").code, 0);
}

TEST(FormatCommand, AFileWithASyntaxErrorIsLeftAloneAndTheOthersAreWritten) {
  TempFolder folder;
  folder.write("bad.nn", "fn f(x = x\n");
  folder.write("a.nn", kUgly);
  Ended ended = run(folder, "fmt bad.nn a.nn missing.nn");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "bad.nn:2:1: error[E0202]")) << ended.output;
  EXPECT_TRUE(says(ended, "missing.nn: error: ")) << ended.output;
  EXPECT_EQ(folder.read("bad.nn"), "fn f(x = x\n");
  EXPECT_EQ(folder.read("a.nn"), kFine);
  EXPECT_EQ(run(folder, "fmt missing.nn").code, 3);
}

TEST(FormatCommand, StandardInputGoesToStandardOutput) {
  TempFolder folder;
  folder.write("a.nn", kUgly);
  EXPECT_EQ(run(folder, "fmt - < a.nn").output, kFine);
  EXPECT_EQ(run(folder, "fmt --check - < a.nn").code, 1);
  EXPECT_EQ(run(folder, "fmt - a.nn < a.nn").code, 2);
  EXPECT_EQ(run(folder, "fmt").code, 2);
}

}  // namespace
}  // namespace nnc
