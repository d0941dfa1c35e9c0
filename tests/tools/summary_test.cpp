// nnc summary as a person meets it.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tools/idx_text.h"
#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

TEST(Summary, CountsTheParametersOfXor) {
  TempFolder folder;
  Ended ended = run(folder, "summary " + xor_file());
  ASSERT_EQ(ended.code, 0) << ended.output;
  for (const char* row :
       {"net    net    prob[B, 1]  17\n", "  W1   param  f32[2, 4]   8\n", "  b1   param  f32[4]      4\n",
        "  W2   param  f32[4, 1]   4\n", "  b2   param  f32[1]      1\n"}) {
    EXPECT_TRUE(says(ended, row)) << row << ended.output;
  }
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

TEST(Summary, SaysWhatIsFrozen) {
  TempFolder folder;
  folder.write("tuned.nn",
               "data d = table { x: f32[2] = [[0, 0], [1, 1]]\n y: f32[1] = [[0], [1]] }\n"
               "layer own()(x: f32[B, 3]) -> f32[B, 3] {\n  param g: f32[3] = ones\n  g * x\n}\n"
               "model net(x: f32[B, 2]) -> f32[B, 1] {\n  enc = dense(3)\n  s = own()\n"
               "  frozen(s)(frozen(enc)(x)) |> dense(1)\n}\n"
               "train { data = d; batch = 2; epochs = 1\n loss = mse(net(x), y)\n optimizer = adam() }\n");
  Ended ended = run(folder, "summary tuned.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "9  W: f32[2, 3], b: f32[3]  (frozen: not trained)")) << ended.output;
  EXPECT_TRUE(says(ended, "3, frozen: not trained\n")) << ended.output;
  EXPECT_TRUE(says(ended, "frozen            12 of them, not trained")) << ended.output;
  EXPECT_TRUE(says(ended, "optimizer state   32 bytes")) << "of the head alone: " << ended.output;
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

/// "x: f32[F] … dense(4)": 3 columns and 2 towns are 5 features, so W is [5, 4]; c has an axis that only the data
/// knows.
TEST(Summary, SizesThatTheDataDecidesAreNumbersWhereItIsThere) {
  TempFolder folder;
  folder.write("m.nn",
               "data h = csv(\"h.csv\") {\n"
               "  x: f32[F] = concat(columns(\"a\"..\"c\"), one_hot(column(\"town\")))\n"
               "  y: class(K) = column(\"kind\")\n"
               "}\n"
               "model net(x: f32[B, h.F]) -> logit[B, h.K] {\n"
               "  param c: f32[h.F] = ones\n"
               "  x * c |> dense(4) |> relu |> dense(h.K)\n"
               "}\n"
               "train {\n  data = h\n  loss = cross_entropy(net(x), y)\n  optimizer = adam\n}\n");
  Ended without = run(folder, "summary m.nn");
  EXPECT_EQ(without.code, 0) << without.output;
  EXPECT_TRUE(says(without, "parameters and those whose size the data decides, shown as ?\n")) << without.output;
  EXPECT_TRUE(says(without, "note: the data was not found")) << without.output;
  EXPECT_FALSE(says(without, "weights  ")) << "nothing that is not known: " << without.output;
  folder.write("h.csv", "a,b,c,town,kind\n1,2,3,north,p\n2,3,1,south,q\n3,1,2,north,r\n");
  Ended with = run(folder, "summary m.nn");
  ASSERT_EQ(with.code, 0) << with.output;
  EXPECT_FALSE(says(with, "?")) << with.output;
  EXPECT_TRUE(says(with, "W: f32[5, 4], b: f32[4]")) << with.output;
  EXPECT_TRUE(says(with, "W: f32[4, 3], b: f32[3]")) << with.output;
  EXPECT_TRUE(says(with, "44 parameters\n")) << "5 + 5·4 + 4 + 4·3 + 3: " << with.output;
  EXPECT_TRUE(says(with, "weights           176 bytes\n")) << with.output;
  EXPECT_TRUE(says(with, "optimizer state   352 bytes\n")) << with.output;
}

TEST(Summary, OperationsAndBytesOfXorByHand) {
  TempFolder folder;
  Ended ended = run(folder, "summary " + xor_file());
  // A row: x @ W1 2·2·4, + b1 4, sigmoid 4, h @ W2 2·4·1, + b2 1, sigmoid 1, - y 1, ^2 1, its part of the sum 1: 37.
  // Four rows: 148; once: the number of rows as f32, and the division by it.
  EXPECT_TRUE(says(ended, "150 a batch of 4")) << ended.output;
  // Backwards, a row: of the square 1 + 1, of the last sigmoid 1 + 1 + 1, by h 2·1·4, of the first sigmoid 3·4, by W1
  // 2·2·4, by b1 4, by W2 2·4·1, by b2 1: 54, four rows 216. The update: 2 for each of 17 numbers. Once: the learning
  // rate as f32, and 5 for the guarded quotient 1 / rows.
  EXPECT_TRUE(says(ended, "406 a batch of 4")) << ended.output;
  EXPECT_TRUE(says(ended, "weights           68 bytes")) << ended.output;
  EXPECT_TRUE(says(ended, "optimizer state   0 bytes")) << ended.output;
}

TEST(Summary, OperationsAndBytesOfMnistByHand) {
  TempFolder folder;
  std::filesystem::create_directory(folder.path("mnist"));
  for (const char* part : {"train", "t10k"}) {
    folder.write("mnist/" + std::string(part) + "-images-idx3-ubyte", idx({100, 28, 28}, std::string(78400, 'a')));
    folder.write("mnist/" + std::string(part) + "-labels-idx1-ubyte", idx({100}, std::string(100, '\3')));
  }
  Ended ended = run(folder, "summary '" NNC_SOURCE_DIR "/examples/mnist.nn' --data .");
  ASSERT_EQ(ended.code, 0) << ended.output;
  // A row: bytes as f32 784, / 255 784, @ W 2·784·50, + b 50, relu 2·50, @ W 2·50·10, + b 10; log_softmax: max 10,
  // - 10, exp 10, sum 10, log 1, - 10; the label's one: == 10, choose 10, sum 10; negated 1, its part of the sum 1.
  constexpr int kRow = 784 + 784 + 78400 + 50 + 100 + 1000 + 10 + (10 + 10 + 10 + 10 + 1 + 10) + (10 + 10 + 10) + 1 + 1;
  static_assert(kRow == 81211);
  EXPECT_TRUE(says(ended, "81 211 a row, 8 121 102 a batch of 100")) << ended.output;
  // 784·50 + 50 + 50·10 + 10 parameters of 4 bytes, and adam's two moments of each.
  EXPECT_TRUE(says(ended, "39 760 parameters")) << ended.output;
  EXPECT_TRUE(says(ended, "weights           159 040 bytes")) << ended.output;
  EXPECT_TRUE(says(ended, "optimizer state   318 080 bytes")) << ended.output;
}

TEST(Summary, StateHasARowAndIsNoParameter) {
  TempFolder folder;
  folder.write("norm.nn", R"(data d = table {
  x: f32[3] = [[0, 0, 1], [1, 1, 2]]
  y: f32[1] = [[0], [1]]
}
layer centre(x: f32[B, I]) -> f32[B, I] {
  param gain: f32[I] = ones
  state seen: f32[I] = zeros
  if training { next seen = seen + mean(x, over: B) }
  gain * (x - seen)
}
model net(x: f32[B, 3]) -> f32[B, 1] = x |> centre |> dense(1)
train {
  data = d
  loss = mse(net(x), y)
}
)");
  Ended ended = run(folder, "summary norm.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "  gain        param   f32[3]     3\n")) << ended.output;
  EXPECT_TRUE(says(ended, "  seen        state   f32[3]     3, not trained\n")) << ended.output;
  EXPECT_TRUE(says(ended, "7 parameters\n")) << ended.output;
  EXPECT_TRUE(says(ended, "state             3 numbers, not trained\n")) << ended.output;
  EXPECT_TRUE(says(ended, "weights           40 bytes\n")) << ended.output;
}

}  // namespace
}  // namespace nnc
