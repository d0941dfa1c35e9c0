// nnc explain as a person types it.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

std::string apples() { return "'" NNC_SOURCE_DIR "/examples/apples.nn'"; }

TEST(Explain, AFunctionWithArguments) {
  TempFolder folder;
  Ended ended = run(folder, "explain " + apples() + " bill --count 3");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "bill = 330")) << ended.output;
  EXPECT_TRUE(says(ended, "swaps its inputs")) << ended.output;
  EXPECT_EQ(run(folder, "explain " + apples() + " bil").code, 2);
}

TEST(Explain, TheLossOfOneSampleAndItsPicture) {
  TempFolder folder;
  Ended ended = run(folder, "explain " + xor_file() + " --sample 2 --svg xor.svg");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "loss of one sample")) << ended.output;
  std::string svg = folder.read("xor.svg");
  EXPECT_NE(svg.find("<svg"), std::string::npos);
  EXPECT_NE(svg.find("net.W2"), std::string::npos);
  EXPECT_EQ(run(folder, "explain " + xor_file() + " --sample 4").code, 2);
  EXPECT_EQ(run(folder, "explain " + xor_file() + " --svg missing/folder/x.svg").code, 3);
}

TEST(Explain, TrainedWeightsFromAFile) {
  TempFolder folder;
  run(folder, "train " + xor_file() + " --epochs 3000");
  Ended ended = run(folder, "explain " + xor_file() + " --weights xor.safetensors");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "loss of 4 samples = 0.0")) << ended.output;
  Ended wrong = run(folder, "explain " + xor_file() + " --hidden 5 --weights xor.safetensors");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_TRUE(says(wrong, "the weights are of another network")) << wrong.output;
}

TEST(Explain, ACodeHasItsPageAndAnUnknownOneTheNearest) {
  TempFolder folder;
  Ended page = run(folder, "explain E0312");
  EXPECT_EQ(page.code, 0) << page.output;
  EXPECT_TRUE(says(page, "E0312")) << page.output;
  EXPECT_EQ(run(folder, "explain e0312").output, page.output);
  Ended unknown = run(folder, "explain E0398");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_TRUE(says(unknown, "did you mean E0")) << unknown.output;
}

TEST(Explain, AFoldedCallListsItsArgumentsInTheOrderOfTheCall) {
  TempFolder folder;
  folder.write("a.nn",
               "fn cost(z: f32[N], t: f32[N]) -> f32 {\n  p = sigmoid(z)\n  bce(p, t) + bce(t: t, p: p)\n}\n"
               "fn swapped(a: f32[N], b: f32[N]) -> f32 = mse(b, a)\n");
  Ended ended = run(folder, "explain a.nn cost --z '[1, 2]' --t '[0, 1]'");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "bce(p, t)")) << "its body reads t first: " << ended.output;
  EXPECT_FALSE(says(ended, "bce(t, p)")) << ended.output;
  EXPECT_TRUE(says(run(folder, "explain a.nn swapped --a '[1, 2]' --b '[0, 1]'"), "mse(b, a)"));
}

TEST(Explain, SoDoesOneOfTheLoss) {
  TempFolder folder;
  folder.write("a.nn", R"(data d = table {
  x: f32[2] = [[0, 1], [1, 0]]
  y: f32[1] = [[0], [1]]
}
model net(x: f32[B, 2]) -> prob[B, 1] = x |> dense(1) |> sigmoid
train {
  data = d
  loss = bce(net(x), y)
}
)");
  Ended ended = run(folder, "explain a.nn --sample 1");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, ", y)")) << ended.output;
  EXPECT_FALSE(says(ended, "bce(y, ")) << ended.output;
}

TEST(Explain, ABatchIsExplainedByItsFirstRowsWhereItIsTooLarge) {
  TempFolder folder;
  std::string rows = "a,y\n";
  for (int i = 0; i < 2000; ++i) rows += std::to_string(i % 17) + "," + std::to_string(i % 5) + "\n";
  folder.write("d.csv", rows);
  folder.write("net.nn", R"(
data d = csv("d.csv") { x: f32[1] = columns("a"); y: f32 = column("y") }
model net(x: f32[B, 1]) -> f32[B] = x |> dense(20000) |> relu |> dense(1) |> squeeze
train { data = d; batch = 2000; loss = mse(net(x), y); optimizer = sgd(1e-6) }
)");
  Ended ended = run(folder, "explain net.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "of the 2000 rows of a batch; '--sample N' shows one row")) << ended.output;
  EXPECT_FALSE(says(run(folder, "explain net.nn --train.batch 100"), "note:"));
}

}  // namespace
}  // namespace nnc
