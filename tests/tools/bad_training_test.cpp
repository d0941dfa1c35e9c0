// Rows 44 and 54–56 of the table of bad inputs: targets, labels and losses that tell of a mistake.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// A program of one weight over a table, trained row by row in the order of the table.
std::string line_program(const std::string& y, const std::string& loss) {
  return "data d = table { x: f32 = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n y: f32 = [" + y +
         "] }\n"
         "model net(x: f32[B]) -> f32[B] { param w: f32 = ones\n x * w }\n"
         "train { data = d; batch = 1; epochs = 1; shuffle = false\n loss = " +
         loss + "\n optimizer = sgd(1e-9) }\n";
}

TEST(BadTraining, Row44AWarningIsSaidOnce) {
  TempFolder folder;
  std::string program = line_program("2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2", "mean((net(x) - y)^2)");
  program.replace(program.find("1e-9"), 4, "0");
  folder.write("a.nn", program);
  for (const char* command : {"check", "train", "summary"}) {
    Ended ended = run(folder, std::string(command) + " a.nn");
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(ended.output, "warning[W0917]"), 1) << command << ended.output;
  }
}

TEST(BadTraining, Row56ASpikeIsNamedOnceWithItsStep) {
  TempFolder folder;
  folder.write("a.nn", line_program("2, 2, 2, 2, 2, 2, 2, 1e4, 2, 1e4, 2, 2", "mean((net(x) - y)^2)"));
  Ended ended = run(folder, "train a.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "warning: a spike: the loss of step 8 is 9.998e+07")) << ended.output;
  EXPECT_TRUE(says(ended, "the median of the steps before it, 1\n")) << ended.output;
  EXPECT_EQ(count(ended.output, "a spike"), 1) << ended.output;
  folder.write("b.nn", line_program("2, 2, 2, 2, 2, 2, 2, 30, 2, 30, 2, 2", "mean((net(x) - y)^2)"));
  EXPECT_EQ(count(run(folder, "train b.nn").output, "spike"), 0) << "841 times the median is none";
}

TEST(BadTraining, Row55EqualLabelsAndConstantFeatures) {
  TempFolder folder;
  std::string program =
      "data d = csv(\"d.csv\") { x: f32[2] = standardize(columns(\"a\"..\"b\"))\n y: class(2) = column(\"y\") }\n"
      "model net(x: f32[B, 2]) -> logit[B, 2] = x |> dense(2)\n"
      "train { data = d; batch = 2; epochs = 2\n loss = cross_entropy(net(x), y)\n optimizer = sgd(0.1) }\n";
  folder.write("d.nn", program);
  folder.write("d.csv", "a,b,y\n1,5,0\n2,5,0\n3,5,0\n");
  Ended ended = run(folder, "train d.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "d.nn:2:")) << ended.output;
  EXPECT_TRUE(says(ended, "warning: every row of the train split has the label '0'")) << ended.output;
  EXPECT_TRUE(says(ended, "d.nn:1:")) << ended.output;
  EXPECT_TRUE(says(ended, "warning: feature 1 (from 0) is 5 in every row of the train split: scale 1")) << ended.output;
  folder.write("d.csv", "a,b,y\n1,5,0\n2,6,1\n3,5,0\n");
  EXPECT_FALSE(says(run(folder, "train d.nn"), "warning")) << ended.output;
}

TEST(BadTraining, Row54TargetsOfABinaryCrossEntropyAreProbabilities) {
  TempFolder folder;
  for (const char* loss : {"bce(p(net(x)), y)", "0.5 * bce(t: y, p: p(net(x)))"}) {
    std::string program =
        line_program("0, 1, 0.5, 0, 2, 0, 0, 0, 0, 0, 0, 0", loss) + "fn p(z: f32[..S]) -> prob[..S] = sigmoid(z)\n";
    folder.write("a.nn", program);
    Ended ended = run(folder, "train a.nn");
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_TRUE(says(ended, "a.nn:6:")) << ended.output;
    EXPECT_TRUE(says(ended, "error: bce takes targets from 0 to 1, but 'y' is 2 in row 5 of the data")) << ended.output;
    EXPECT_FALSE(std::filesystem::exists(folder.path("a.safetensors")));
    program.replace(program.find("0, 2, 0"), 7, "0, 1, 0");
    folder.write("a.nn", program);
    EXPECT_EQ(run(folder, "train a.nn --out fine.safetensors --force").code, 0);
  }
  for (const char* odd : {"nan", "inf", "-inf"}) {
    folder.write("d.csv", "x,y\n1,0\n1," + std::string(odd) + "\n");
    folder.write("b.nn",
                 "data d = csv(\"d.csv\") { x: f32 = column(\"x\")\n y: f32 = column(\"y\") }\n"
                 "model net(x: f32[B]) -> f32[B] { param w: f32 = ones\n x * w }\n"
                 "train { data = d; batch = 1; epochs = 1\n loss = mean((net(x) - y)^2)\n optimizer = sgd(1e-9) }\n");
    Ended ended = run(folder, "train b.nn");
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_TRUE(says(ended, "d.csv:3:3: error: ")) << ended.output;
  }
}

}  // namespace
}  // namespace nnc
