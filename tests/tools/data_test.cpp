// nnc data: what it says of tables, CSV and IDX files, and of what is wrong with them.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// The row of a column in the table, single blanks between its cells.
std::string row(const Ended& ended, const std::string& column) {
  size_t at = ended.output.find("\n  " + column + " ");
  if (at == std::string::npos) return "";
  std::string line = ended.output.substr(at + 3, ended.output.find('\n', at + 1) - at - 3), text;
  for (char character : line) {
    if (character != ' ' || !text.ends_with(' ')) text += character;
  }
  return text;
}

TEST(DataCommand, ShowsTypesRangesClassesAndGapsOfCsv) {
  TempFolder folder;
  folder.write("a.csv",
               "age,sex,fare,city,mixed,same\n"
               "1,m,1.5,\"x,y\",1,7\n"
               "3,f,2.5,z,abc,7\n"
               ",m,-4,z,2,7\n"
               "NA,m,0.25,z,3,7\n");
  Ended ended = run(folder, "data a.csv");
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "a.csv: 4 rows, 6 columns\n"));
  EXPECT_EQ(row(ended, "age"), "age int 2 1 3 2 1.41421 2: 1 ×1, 3 ×1");
  EXPECT_EQ(row(ended, "sex"), "sex text 0 - - - - 2: f ×1, m ×3");
  EXPECT_EQ(row(ended, "fare"), "fare number 0 -4 2.5 0.0625 2.86047");
  EXPECT_EQ(row(ended, "city"), "city text 0 - - - - 2: x,y ×1, z ×3");
  EXPECT_EQ(row(ended, "same"), "same int 0 7 7 7 0 1: 7 ×4");
  EXPECT_TRUE(says(ended, "'age' lacks a value in 2 of 4 rows, first at a.csv:4:1"));
  EXPECT_TRUE(says(ended, "'mixed' mixes numbers (3) and texts (1), first text at a.csv:3:11"));
  EXPECT_TRUE(says(ended, "'same' is 7 in every row"));
  Ended piped = run(folder, "data - < a.csv");
  EXPECT_EQ(row(piped, "fare"), row(ended, "fare"));
  EXPECT_TRUE(says(piped, "first at <stdin>:4:1")) << piped.output;
}

TEST(DataCommand, ShowsIdxFilesAndPrograms) {
  TempFolder folder;
  folder.write("labels", std::string("\0\0\x08\x01\0\0\0\x04\x02\0\x02\x01", 12));
  Ended ended = run(folder, "data labels");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(row(ended, "values"), "values u8 0 0 2 1.25 0.957427 3: 0 ×1, 1 ×1, 2 ×2") << ended.output;
  ended = run(folder, "data " + xor_file());
  EXPECT_TRUE(says(ended, "data xor = table: 4 rows, 2 columns")) << ended.output;
  EXPECT_EQ(row(ended, "x"), "x number[2] 0 0 1 0.5 0.534522");
  folder.write("a.csv", "x,y\n1,2\n2,3\n3,4\n4,5\n");
  folder.write(
      "a.nn",
      "data d = csv(\"a.csv\", split: {train: 0.5, test: 0.5}, seed: 1) { x: f32 = column(\"x\")\n y: f32 = "
      "column(\"y\") }\n"
      "model net(x: f32[B]) -> f32[B] { param w: f32 = ones\n x * w }\n"
      "train { data = d.train; batch = 2; epochs = 1\n loss = mean((net(x) - y)^2)\n optimizer = sgd(0.01) }\n");
  ended = run(folder, "data a.nn");
  EXPECT_TRUE(says(ended, "a.csv: 4 rows, 2 columns (split: train 2, test 2)")) << ended.output;
}

TEST(DataCommand, MemoryDoesNotGrowWithTheRows) {
  TempFolder folder;
  // 1.5 million rows of texts that all differ, which alone are more than the 60 MB that the process may have (but under
  // ASan, whose own memory is far more).
#ifdef __SANITIZE_ADDRESS__
  const std::string limit;
#else
  const std::string limit = "ulimit -d 60000; ";
#endif
  Ended ended =
      run(folder, "data big.csv",
          "seq 1 1500000 | awk 'BEGIN{print \"a,b,c\"}{print $1 \".5,\" $1 \",this-is-the-text-number-\" $1}' "
          "> big.csv; " +
              limit);
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "1500000 rows")) << ended.output;
  EXPECT_EQ(row(ended, "a"), "a number 0 1.5 1.5e+06 750001 433013");
  EXPECT_EQ(row(ended, "c"), "c text 0 - - - - more than 50");
}

TEST(DataCommand, Row24AndMistakesAreNamed) {
  TempFolder folder;
  EXPECT_EQ(run(folder, "data").code, 2);
  EXPECT_EQ(run(folder, "data missing.csv").code, 3);
  ASSERT_EQ(::mkfifo(folder.path("pipe.csv").c_str(), 0600), 0);
  for (const char* odd : {"pipe.csv", "/dev/zero"}) {
    Ended ended = run(folder, "data " + std::string(odd));
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_TRUE(says(ended, "not a regular file")) << ended.output;
  }
  EXPECT_TRUE(says(run(folder, "data ."), "no file whose name begins with 'train-images'"));
  folder.write("a.csv", "x,y\n1,2\n1\n");
  EXPECT_TRUE(says(run(folder, "data a.csv"), "a.csv:3:2: error: expected 2 fields"));
  folder.write("a.nn", "model net(x: f32[B]) -> f32[B] = x\n");
  EXPECT_NE(run(folder, "data a.nn").code, 0);
}

}  // namespace
}  // namespace nnc
