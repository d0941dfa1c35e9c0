// nnc plot, with gnuplot and without.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

constexpr const char* kRun = "epoch,train.loss,valid.loss,seconds\n1,2,3,0.1\n2,1,2,0.2\n3,0.5,2,0.2\n";

bool gnuplot_is_there() { return std::system("gnuplot --version > /dev/null 2>&1") == 0; }

TEST(PlotCommand, WithoutGnuplotNamesThePackage) {
  TempFolder folder;
  folder.write("a.history.csv", kRun);
  for (const char* arguments : {"plot a.history.csv", "plot a.history.csv --svg a.svg"}) {
    Ended ended = run(folder, arguments, "PATH=/nowhere ");
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_TRUE(says(ended, "gnuplot-nox")) << ended.output;
  }
  EXPECT_EQ(folder.files(), 1) << "no half-written picture";
}

TEST(PlotCommand, DrawsInTheTerminalAndAsSvg) {
  if (!gnuplot_is_there()) GTEST_SKIP() << "skipped: gnuplot is not installed";
  TempFolder folder;
  folder.write("a.history.csv", kRun);
  folder.write("b.history.csv", kRun);
  Ended ended = run(folder, "plot a.history.csv");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "train.loss ***")) << ended.output;
  EXPECT_TRUE(says(ended, "valid.loss ###")) << ended.output;
  EXPECT_FALSE(says(ended, "\x1b"));
  ended = run(folder, "plot a.history.csv b.history.csv --svg out.svg --columns loss,seconds --log-scale");
  EXPECT_EQ(ended.code, 0) << ended.output;
  std::string picture = folder.read("out.svg");
  for (const char* text : {"<svg", "a train.loss", "b valid.loss", "</svg>"}) {
    EXPECT_NE(picture.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(run(folder, "plot - < a.history.csv").code, 0);
}

TEST(PlotCommand, OddNamesAreDrawnAndNotRun) {
  if (!gnuplot_is_there()) GTEST_SKIP() << "skipped: gnuplot is not installed";
  TempFolder folder;
  for (std::string name :
       {"it's.csv", "a`touch pwned`.csv", "$(touch pwned).csv", "a\nb\".csv", "\xff.csv", "@x {=9}.csv"}) {
    folder.write(name, kRun);
    folder.write("name", name);
    Ended ended = run(folder, "plot a.csv \"$(cat name)\" --svg out.svg", "cp -- \"$(cat name)\" a.csv; ");
    EXPECT_EQ(ended.code, 0) << name << ended.output;
    EXPECT_NE(folder.read("out.svg").find("</svg>"), std::string::npos) << name;
    EXPECT_FALSE(std::filesystem::exists(folder.path("pwned"))) << name;
  }
}

TEST(PlotCommand, MistakesAreNamed) {
  TempFolder folder;
  folder.write("a.history.csv", kRun);
  EXPECT_EQ(run(folder, "plot").code, 2);
  EXPECT_EQ(run(folder, "plot missing.csv").code, 3);
  EXPECT_EQ(run(folder, "plot .").code, 1);
  Ended ended = run(folder, "plot a.history.csv --columns accuracy");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "no column 'accuracy'; the columns are 'loss'")) << ended.output;
  EXPECT_EQ(run(folder, "plot a.history.csv --svg no/folder/a.svg").code, 3);
}

}  // namespace
}  // namespace nnc
