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

TEST(Run, AnIntegerIsOneOf32Bits) {
  TempFolder folder;
  folder.write("r.nn", "fn r(w: f32[3], t: i32[2]) -> f32[2] = w[t]\n");
  EXPECT_EQ(run(folder, "run r.nn --w '[1, 2, 3]' --t '[-2147483648, 2147483647]'").output, "[1, 3]\n");
  Ended larger = run(folder, "run r.nn --w '[1, 2, 3]' --t '[0, 2147483648]'");
  EXPECT_EQ(larger.code, 1);
  EXPECT_TRUE(says(larger, "'t' of 'r' is a whole number of 32 bits, but 2147483648 is given")) << larger.output;
}

/// bf16 is stored, not computed with: a product sums in f32 and is rounded once.
TEST(Run, AProductOfBf16CompilesAndIsRoundedOnce) {
  TempFolder folder;
  folder.write("h.nn", "fn h(x: bf16[1, 3], w: bf16[3, 1]) -> bf16[1, 1] = x @ w\n");
  // 1 + 1/256 + 1/256 is 1.0078125, which is a bf16; added in bf16 both small terms would be lost.
  EXPECT_EQ(run(folder, "run h.nn --x '[[1, 0.00390625, 0.00390625]]' --w '[[1], [1], [1]]'").output,
            "[[1.0078125]]\n");
  Ended compiled = run(folder, "dump h.nn --stage=plan");
  EXPECT_EQ(compiled.code, 0) << compiled.output;
  EXPECT_TRUE(says(compiled, "fma") || says(compiled, "multiply")) << compiled.output;
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

/// Houses of two columns and a kind, with fields that are fitted, read as they stand, and computed.
void write_houses(const TempFolder& folder) {
  folder.write("d.csv", "a,b,kind,y\n1,10,x,1\n2,20,y,2\n3,30,x,3\n4,60,z,5\n");
  folder.write("net.nn", R"(
option shift: f32 = 0.5
data d = csv("d.csv") {
  x: f32[2] = standardize(columns("a".."b"))
  s: f32    = 2 * column("a") + shift
  k: class(3) = column("kind")
  y: f32    = column("y")
}
layer encoder(units: int)(x: f32[..S, I]) -> f32[..S, units] = x |> dense(units) |> tanh
model net(x: f32[B, 2], s: f32[B], k: class(3)[B]) -> f32[B] {
  (concat(encoder(4)(x), one_hot(k)) |> dense(1) |> squeeze) + s
}
train { data = d; batch = 4; epochs = 3; loss = mse(net(x, s, k), y) }
export fn predict(raw: f32[B, 2], a: f32[B], k: class(3)[B]) -> f32[B] = net(d.x(raw), d.s(a), d.k(k))
fn fitted(raw: f32[B, 2]) -> f32[B, 2] = d.x(raw)
)");
}

TEST(Run, AFunctionMayUseFieldsOfTheData) {
  TempFolder folder;
  write_houses(folder);
  ASSERT_EQ(run(folder, "train net.nn").code, 0);
  folder.write("in.csv", "a,b,kind,y\n1,10,x,1\n4,60,z,5\n");
  std::string predicted = run(folder, "predict net.nn net.safetensors in.csv").output;
  Ended ended =
      run(folder, "run net.nn predict --weights net.safetensors --raw '[[1, 10], [4, 60]]' --a '[1, 4]' --k '[0, 2]'");
  ASSERT_EQ(ended.code, 0) << ended.output;
  std::string lines = "predict\n" + ended.output.substr(1, ended.output.size() - 3) + "\n";
  lines.replace(lines.find(", "), 2, "\n");
  EXPECT_EQ(lines, predicted);
  EXPECT_EQ(run(folder, "run net.nn fitted --raw '[[2.5, 30]]'").output, "[[0, 0]]\n");
  EXPECT_EQ(run(folder, "explain net.nn fitted --raw '[[2.5, 30]]'").code, 0);
  ended = run(folder, "run net.nn fitted --raw '[[1, 2, 3]]'");
  EXPECT_EQ(ended.code, 1) << ended.output;
  EXPECT_TRUE(says(ended, "E0331")) << ended.output;
}

TEST(Run, ALayerIsCalledByThePathThatSummaryLists) {
  TempFolder folder;
  write_houses(folder);
  for (const char* path : {"net.encoder_0", "net.encoder_0.dense_0", "net.dense_0"}) {
    EXPECT_TRUE(says(run(folder, "summary net.nn"), path)) << path;
  }
  ASSERT_EQ(run(folder, "train net.nn").code, 0);
  Ended ended = run(folder, "run net.nn net.encoder_0 --x '[[0, 0], [1, 2]]' --weights net.safetensors");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_EQ(count(ended.output, ","), 7) << "2 rows of 4 units: " << ended.output;
  EXPECT_EQ(run(folder, "explain net.nn net.encoder_0.dense_0 --x '[[0, 0]]' --weights net.safetensors").code, 0);
  EXPECT_EQ(run(folder, "run net.nn net.dense_0 --x '[[1, 1, 1, 1, 0, 0, 1]]'").code, 0);
  ended = run(folder, "run net.nn net.encoder_0 --x '[[1, 2, 3]]'");
  EXPECT_EQ(ended.code, 1) << "the layer takes two: " << ended.output;
  ended = run(folder, "run net.nn net.encoder_1 --x '[[1, 2]]'");
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(says(ended, "did you mean 'net.encoder_0'?")) << ended.output;
  EXPECT_EQ(run(folder, "run net.nn net.encoder_0 --units 3 --x '[[1, 2]]'").code, 2) << "it is made already";
}

TEST(Dump, AFunctionAtEveryStage) {
  TempFolder folder;
  folder.write("two.nn", "fn area(x: f32[B, 3]) -> f32[B] = sum(x * x, over: -1)\nfn half(x) = x / 2\n");
  for (const char* stage :
       {"ast", "typed", "graph", "grad", "simplified", "layout", "fused", "loops", "plan", "llvm", "asm"}) {
    Ended ended = run(folder, "dump " + apples() + " --stage=" + stage);
    EXPECT_EQ(ended.code, 0) << stage << ended.output;
    EXPECT_TRUE(says(ended, "bill") || std::string(stage) == "asm") << stage << ended.output;
    ended = run(folder, "dump two.nn --fn area --stage=" + std::string(stage));
    EXPECT_EQ(ended.code, 0) << stage << ended.output;
  }
  EXPECT_TRUE(says(run(folder, "dump two.nn --fn area"), "f32[B, 3]"));
  EXPECT_TRUE(says(run(folder, "dump two.nn --fn area --x '[[1, 2, 3]]'"), "f32[1, 3]"));
  EXPECT_TRUE(says(run(folder, "dump two.nn --fn half --x 3 --dump-after=all"), "# after plan"));
  EXPECT_TRUE(says(run(folder, "dump " + xor_file() + " --fn net"), "f32[B, 2]")) << "of a file with a train, too";
  Ended ended = run(folder, "dump two.nn --stage=loops");
  EXPECT_EQ(ended.code, 2) << ended.output;
  EXPECT_TRUE(says(ended, "two.nn has 2 functions; name one of them: --fn area")) << ended.output;
  EXPECT_TRUE(says(ended, "note: fn half(x)")) << ended.output;
  EXPECT_EQ(run(folder, "dump two.nn --fn half").code, 1) << "nothing is known of its argument";
  EXPECT_EQ(run(folder, "dump two.nn --fn halve").code, 2);
}

TEST(Run, TheAngleOfAPointIsAFunctionOfTwoNumbers) {
  TempFolder folder;
  folder.write("angle.nn",
               "fn angle(y: f32, x: f32) -> f32 = atan2(y, x)\nfn half(y: f32 = 0) -> f32 = y + atan2(0, -1)\n");
  Ended ended = run(folder, "run angle.nn angle --y 1 --x=-1");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "2.35619")) << ended.output;
  EXPECT_TRUE(says(run(folder, "run angle.nn half"), "3.14159"));
}

}  // namespace
}  // namespace nnc
