// nnc summary as a person meets it.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

TEST(Summary, CountsTheParametersOfXor) {
  TempFolder folder;
  Ended ended = run(folder, "summary " + xor_file());
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "W1: f32[2, 4], b1: f32[4], W2: f32[4, 1], b2: f32[1]")) << ended.output;
  EXPECT_TRUE(says(ended, "17 parameters")) << ended.output;
  EXPECT_TRUE(says(ended, "68 bytes")) << ended.output;
  EXPECT_TRUE(says(ended, "bytes at the peak of a step")) << ended.output;
  EXPECT_TRUE(says(run(folder, "summary " + xor_file() + " --precision f64"), "136 bytes"));
}

TEST(Summary, ListsALayerALineAndTheOptimizersState) {
  TempFolder folder;
  folder.write("deep.nn",
               "data d = table { x: f32[2] = [[0, 0], [1, 1]]\n y: f32[1] = [[0], [1]] }\n"
               "model net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(4) |> dense(5) |> dense(1)\n"
               "train { data = d; batch = 2; epochs = 1\n loss = mse(net(x), y)\n optimizer = adam() }\n");
  Ended ended = run(folder, "summary deep.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "12  W: f32[2, 4], b: f32[4]")) << ended.output;
  EXPECT_TRUE(says(ended, "25  W: f32[4, 5], b: f32[5]")) << ended.output;
  EXPECT_TRUE(says(ended, "6  W: f32[5, 1], b: f32[1]")) << ended.output;
  EXPECT_TRUE(says(ended, "43 parameters")) << ended.output;
  EXPECT_TRUE(says(ended, "optimizer state   344 bytes")) << "two moments each: " << ended.output;
  EXPECT_TRUE(says(ended, "forward and loss")) << ended.output;
}

TEST(Summary, SharedLayersAreListedOnce) {
  TempFolder folder;
  folder.write("twins.nn",
               "data d = table { a: f32[2] = [[0, 0], [1, 1]]\n b: f32[2] = [[0, 1], [1, 0]] }\n"
               "model net(a: f32[B, 2], b: f32[B, 2]) -> f32[B, 3] {\n  enc = dense(3)\n  enc(a) - enc(b)\n}\n"
               "train { data = d; batch = 2; epochs = 1\n loss = mean(net(a, b)^2)\n optimizer = sgd(0.1) }\n");
  Ended ended = run(folder, "summary twins.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "shared: applied 2 times")) << ended.output;
  EXPECT_TRUE(says(ended, "9 parameters")) << ended.output;
}

TEST(Summary, WithoutTheDataOrAModelItSaysSo) {
  TempFolder folder;
  folder.write("m.nn",
               "data d = idx(\"nowhere/\") { x: f32[784] = image / 255\n y: class(10) = label }\n"
               "model net(x: f32[B, 784]) -> logit[B, 10] = x |> dense(50) |> relu |> dense(10)\n"
               "train { data = d.train; epochs = 1\n loss = cross_entropy(net(x), y)\n optimizer = adam() }\n");
  Ended ended = run(folder, "summary m.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "39 760 parameters")) << ended.output;
  EXPECT_TRUE(says(ended, "note: the data was not found")) << ended.output;
  folder.write("f.nn", "fn f(x: f32 = 1) -> f32 = x\n");
  ended = run(folder, "summary f.nn");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "there is no model to sum up")) << ended.output;
}

}  // namespace
}  // namespace nnc
