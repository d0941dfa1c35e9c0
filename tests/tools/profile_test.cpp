// nnc profile as a person meets it.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

TEST(ProfileCommand, PrintsATableThatNamesTheStepAndTheMachine) {
  TempFolder folder;
  Ended ended = run(folder, "profile " + xor_file());
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "A training step of ")) << ended.output;
  EXPECT_TRUE(says(ended, "xor.nn: 4 rows on ")) << ended.output;
  for (const char* text : {" #  kernel", "forward_h", "outside kernels", "  100.0 %", " % of ", "xor.nn:15",
                           "Without time stamps the step takes", "This machine, measured just now"})
    EXPECT_TRUE(says(ended, text)) << text << "\n" << ended.output;
  EXPECT_FALSE(std::filesystem::exists(folder.path("xor.safetensors"))) << "nothing is saved";
}

TEST(ProfileCommand, TakesTheOptionsOfTheProgramAndOfTheTarget) {
  TempFolder folder;
  Ended ended = run(folder, "profile " + xor_file() + " --target generic --precision f64 --train.batch 2 --json");
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "\"target\": \"generic\"")) << ended.output;
  EXPECT_TRUE(says(ended, "\"rows\": 2")) << ended.output;
  EXPECT_FALSE(says(ended, "\"f32 peak\"")) << "all of it is f64: " << ended.output;
  ended = run(folder, "profile " + xor_file() + " --variant evaluate");
  EXPECT_TRUE(says(ended, "An evaluation step of ")) << ended.output;
}

TEST(ProfileCommand, SaysWhatIsWrong) {
  TempFolder folder;
  folder.write("f.nn", "fn f(x: f32 = 1) -> f32 = x\n");
  Ended ended = run(folder, "profile f.nn");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "f.nn:1:1: error[E0912]: there is no 'train' in this file")) << ended.output;
  ended = run(folder, "profile " + xor_file() + " --variant test");
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(says(ended, "--variant is train or evaluate")) << ended.output;
  ended = run(folder, "profile " + xor_file() + " --seconds 0");
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(says(ended, "--seconds")) << ended.output;
  ended = run(folder, "profile " + xor_file() + " --lrr 1");
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(says(ended, "did you mean --lr?")) << ended.output;
  ended = run(folder, "profile nowhere.nn");
  EXPECT_EQ(ended.code, 3);
}

TEST(ProfileCommand, CtrlCEndsItAtOnce) {
  TempFolder folder;
  Ended ended = run(folder, "profile " + xor_file() + " --seconds 600", "timeout -s INT 1 ");
  EXPECT_TRUE(ended.code == 124 || ended.code == 130) << ended.code << ended.output;
}

}  // namespace
}  // namespace nnc
