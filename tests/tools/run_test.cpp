// nnc run as a person types it.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

std::string apples() { return "'" NNC_SOURCE_DIR "/examples/apples.nn'"; }

TEST(Run, TheSmallestFileIsCheckedAndRun) {
  TempFolder folder;
  EXPECT_EQ(run(folder, "check " + apples()).code, 0);
  EXPECT_EQ(run(folder, "run " + apples()).output, "220\n");
  EXPECT_EQ(run(folder, "run " + apples() + " bill --count 3").output, "330\n");
  EXPECT_EQ(run(folder, "run " + apples() + " --count=-1 --tax 2").output, "-200\n");
  EXPECT_EQ(run(folder, "run " + apples() + " --count -1 --precision f64").output, "-110.00000000000001\n");
}

TEST(Run, MistakesExitAsTheCommandLineOrTheProgram) {
  TempFolder folder;
  EXPECT_EQ(run(folder, "run " + apples() + " bil").code, 2);
  EXPECT_EQ(run(folder, "run " + apples() + " bill --tex 1").code, 2);
  EXPECT_EQ(run(folder, "run " + apples() + " bill --tax").code, 2);
  EXPECT_EQ(run(folder, "run " + apples() + " bill --tax 1,1").code, 2);
  EXPECT_EQ(run(folder, "run " + apples() + " bill --tax '[1, 2]'").code, 1);
  Ended train = run(folder, "train " + apples());
  EXPECT_EQ(train.code, 1);
  EXPECT_TRUE(says(train, "there is no 'train' in this file")) << train.output;
  EXPECT_TRUE(says(train, "nnc run")) << train.output;
}

TEST(Run, AModelWithoutATrainingNeedsItsWeights) {
  TempFolder folder;
  folder.write("net.nn", "model net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(1)\n");
  Ended ended = run(folder, "run net.nn net --x '[[1, 2]]'");
  EXPECT_EQ(ended.code, 2) << ended.output;
  EXPECT_TRUE(says(ended, "net.nn has no 'train'")) << ended.output;
  EXPECT_TRUE(says(ended, "--weights FILE")) << ended.output;
}

}  // namespace
}  // namespace nnc
