// nnc eval: IDX folders, and what of the training an evaluation takes over.
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/tools/idx_text.h"
#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// Images of 2 × 2: dark ones are 0, bright ones 1; `wrong` of the labels are the other one.
void write_digits(const TempFolder& folder, const std::string& name, const std::string& part, int rows, int wrong) {
  std::filesystem::create_directory(folder.path(name));
  std::string images, labels;
  for (int row = 0; row < rows; ++row) {
    bool bright = row % 2 == 1;
    images += std::string(4, static_cast<char>(bright ? 200 + row % 50 : row % 50));
    labels += static_cast<char>(bright != (row < wrong));
  }
  auto count = static_cast<uint32_t>(rows);
  folder.write(name + "/" + part + "-images-idx3-ubyte", idx({count, 2, 2}, images));
  folder.write(name + "/" + part + "-labels-idx1-ubyte", idx({count}, labels));
}

constexpr const char* kDigits = R"(data digits = idx("digits/") {
  x: f32[4]   = image / 255
  y: class(2) = label
}
model net(x: f32[B, 4]) -> logit[B, 2] = x |> dense(2)
train {
  data = digits.train;  valid = digits.test;  batch = 8;  epochs = 40;  seed = 1
  loss = cross_entropy(net(x), y)
  metrics = {accuracy: accuracy(net(x), y)}
  optimizer = adam(0.1)
}
)";

class EvalOfImages : public testing::Test {
 protected:
  void SetUp() override {
    write_digits(folder, "digits", "train", 40, 0);
    write_digits(folder, "digits", "t10k", 10, 0);
    folder.write("digits.nn", kDigits);
    trained = run(folder, "train digits.nn --train.batch 5 --seed 3");
    ASSERT_EQ(trained.code, 0) << trained.output;
  }
  TempFolder folder;
  Ended trained;
};

TEST_F(EvalOfImages, AFolderIsTestedAsTheProgramsOwnIs) {
  write_digits(folder, "others", "train", 2, 0);
  write_digits(folder, "others", "t10k", 20, 3);
  Ended own = run(folder, "eval digits.nn digits.safetensors --json");
  EXPECT_EQ(own.code, 0) << own.output;
  EXPECT_TRUE(says(own, "\"accuracy\":1.0") || says(own, "\"accuracy\": 1.0")) << own.output;
  Ended others = run(folder, "eval digits.nn digits.safetensors others");
  EXPECT_EQ(others.code, 0) << others.output;
  EXPECT_TRUE(says(others, "20")) << others.output;
  EXPECT_TRUE(says(others, "0.85")) << "3 of 20 labels are the other one" << others.output;
  // Of the three wrong labels two are on dark images (rows 0 and 2), one on a bright one (row 1).
  Ended json = run(folder, "eval digits.nn digits.safetensors others --json");
  std::string packed;
  for (char character : json.output) packed += character == ' ' || character == '\n' ? "" : std::string(1, character);
  EXPECT_NE(packed.find("[[8,1],[2,9]]"), std::string::npos) << json.output;
}

TEST_F(EvalOfImages, AFolderThatIsNotLikeTheTrainingsIsRefused) {
  Ended missing = run(folder, "eval digits.nn digits.safetensors nowhere");
  EXPECT_EQ(missing.code, 3) << missing.output;
  EXPECT_TRUE(says(missing, "nowhere")) << missing.output;
  std::filesystem::create_directory(folder.path("wide"));
  folder.write("wide/t10k-images-idx3-ubyte", idx({1, 3, 3}, std::string(9, 'a')));
  folder.write("wide/t10k-labels-idx1-ubyte", idx({1}, std::string(1, '\0')));
  Ended wide = run(folder, "eval digits.nn digits.safetensors wide");
  EXPECT_EQ(wide.code, 1) << wide.output;
}

TEST_F(EvalOfImages, ScoresAreThoseThatTrainingPrintedWhateverTheFileSaysNow) {
  // Trained with --train.batch 5: sums are taken five rows at a time, and so they are here.
  std::string line = trained.output.substr(trained.output.rfind("  valid.loss "));
  std::string digits = line.substr(13, line.find('\n') - 13);
  Ended again = run(folder, "eval digits.nn digits.safetensors");
  EXPECT_TRUE(says(again, digits)) << digits << again.output;
  EXPECT_FALSE(says(again, "note")) << again.output;
  std::string changed = kDigits;
  changed.replace(changed.find("valid = digits.test"), 19, "test = digits.test ");
  changed.replace(changed.find("loss = cross_entropy(net(x), y)"), 31, "loss = 2 * cross_entropy(net(x), y)");
  folder.write("digits.nn", changed);
  Ended other = run(folder, "eval digits.nn digits.safetensors");
  EXPECT_EQ(other.code, 0) << other.output;
  EXPECT_TRUE(says(other,
                   "note: the weights were trained with loss = cross_entropy(net(x), y); this is "
                   "2 * cross_entropy(net(x), y)\n"))
      << other.output;
}

TEST(Eval, RandomNumbersAreThoseOfTheTraining) {
  TempFolder folder;
  folder.write("noise.nn", R"(data d = table {
  x: f32[2] = [[0, 1], [1, 0]]
  y: f32[2] = [[0, 1], [1, 0]]
}
model net(x: f32[B, 2]) -> f32[B, 2] = dense(x, out: 2) + random_normal(shape: [B, 2])
train {
  data = d;  epochs = 3;  eval = true
  loss = mse(net(x), y)
  optimizer = sgd(0.01)
}
)");
  Ended trained = run(folder, "train noise.nn --seed 8");
  ASSERT_EQ(trained.code, 0) << trained.output;
  std::string line = trained.output.substr(trained.output.find("  train.loss ") + 13);
  std::string digits = line.substr(0, line.find('\n'));
  EXPECT_TRUE(says(run(folder, "eval noise.nn noise.safetensors"), digits)) << digits;
  EXPECT_FALSE(says(run(folder, "eval noise.nn noise.safetensors --seed 9"), digits)) << digits;
}

TEST(Eval, WarnsOfTheProgramAndNotOfASettingThatTheWeightsRestored) {
  TempFolder folder;
  folder.write("small.nn", R"(
data d = table { x: f32[2] = [[0, 1], [1, 2], [3, 4]]; y: f32 = [1, 2, 3] }
model net(x: f32[B, 2]) -> f32[B] = x |> dense(1) |> squeeze
train { data = d; epochs = 1; loss = mse(net(x), y) }
)");
  ASSERT_EQ(run(folder, "train small.nn").code, 0);
  Ended ended = run(folder, "eval small.nn small.safetensors");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_FALSE(says(ended, "--train")) << ended.output;
}

}  // namespace
}  // namespace nnc
