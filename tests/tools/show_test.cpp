// nnc show as a person types it.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

TEST(ShowCommand, PrintsAProgramThatTrainsTheSame) {
  TempFolder folder;
  Ended shown = run(folder, "show " + xor_file() + " --lr 3 --epochs 20 > explicit.nn");
  EXPECT_EQ(shown.code, 2) << shown.output;  // --epochs is a flag of train; here it is --train.epochs
  shown = run(folder, "show " + xor_file() + " --lr 3 --train.epochs 20 --seed 5 > explicit.nn");
  ASSERT_EQ(shown.code, 0) << shown.output;
  std::string text = folder.read("explicit.nn");
  EXPECT_NE(text.find("option lr: f32 = 3\n"), std::string::npos) << text;
  EXPECT_NE(text.find("epochs = 20;  seed = 5"), std::string::npos) << text;
  EXPECT_NE(text.find("optimizer = sgd(lr: lr)"), std::string::npos) << text;
  ASSERT_EQ(run(folder, "train explicit.nn --out a.safetensors").code, 5);  // 20 epochs are too few for its expect
  ASSERT_EQ(run(folder, "train " + xor_file() + " --lr 3 --epochs 20 --seed 5 --out b.safetensors").code, 5);
  std::string a = folder.read("a.safetensors"), b = folder.read("b.safetensors");
  auto tensors = [](const std::string& file) { return file.substr(file.size() - 4 * 17); };  // 8 + 4 + 4 + 1 numbers
  EXPECT_EQ(tensors(a), tensors(b));
}

TEST(ShowCommand, NeedsNoDataAndSaysWhatIsWrong) {
  TempFolder folder;
  Ended boston = run(folder, "show '" NNC_SOURCE_DIR "/examples/boston.nn' --data .");
  EXPECT_EQ(boston.code, 0) << boston.output;
  EXPECT_TRUE(says(boston, "# replaces the library's: fn huber(")) << boston.output;
  folder.write("bad.nn", "fn f(x: f32) -> f32 = y\n");
  EXPECT_EQ(run(folder, "show bad.nn").code, 1);
  EXPECT_EQ(run(folder, "show missing.nn").code, 3);
  EXPECT_TRUE(says(run(folder, "show " + xor_file() + " --learning 3"), "--learning"));
}

}  // namespace
}  // namespace nnc
