// nnc train --seeds: the spread of the scores, one file of weights a seed, expectations judged on the worst.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <sstream>

#include "tests/tools/background.h"

namespace nnc {
namespace {

/// The last number of the line of a plain run: "  train.loss 0.000267761".
double plain_loss(const TempFolder& folder, int seed) {
  std::string output = run(folder, "train " + xor_file() + " --seed " + std::to_string(seed)).output;
  size_t at = output.find("  train.loss ");
  return at == std::string::npos ? std::nan("") : std::stod(output.substr(at + 13));
}

TEST(Seeds, TheTableIsThatOfTheSingleRuns) {
  TempFolder folder;
  Ended ended = run(folder, "train " + xor_file() + " --seeds 3 --log steps.csv");
  ASSERT_EQ(ended.code, 0) << ended.output;
  std::vector<double> losses{plain_loss(folder, 7), plain_loss(folder, 8), plain_loss(folder, 9)};
  double mean = (losses[0] + losses[1] + losses[2]) / 3, squares = 0;
  for (double loss : losses) squares += (loss - mean) * (loss - mean);
  std::istringstream row(ended.output.substr(ended.output.find("\ntrain.loss") + 12));
  double found_mean = 0, deviation = 0, worst = 0, best = 0;
  std::string worst_seed, best_seed;
  row >> found_mean >> deviation >> worst >> worst_seed >> best >> best_seed;
  EXPECT_NEAR(found_mean, mean, 1e-4 * mean);
  EXPECT_NEAR(deviation, std::sqrt(squares / 2), 1e-2 * deviation);
  EXPECT_NEAR(worst, *std::max_element(losses.begin(), losses.end()), 1e-4 * worst);
  EXPECT_NEAR(best, *std::min_element(losses.begin(), losses.end()), 1e-4 * best);
  for (const char* seed : {"7", "8", "9"}) {
    EXPECT_TRUE(says(ended, "seed " + std::string(seed) + ": train.loss "));
    EXPECT_GT(folder.read("xor.seed" + std::string(seed) + ".safetensors").size(), 0u);
    EXPECT_EQ(count(folder.read("xor.seed" + std::string(seed) + ".history.csv"), "\n"), 5001);
    EXPECT_EQ(count(folder.read("steps.seed" + std::string(seed) + ".csv"), "\n"), 5001);
  }
  // The same weights as a run of that seed alone.
  run(folder, "train " + xor_file() + " --seed 8 --out alone.safetensors");
  EXPECT_EQ(folder.read("alone.safetensors"), folder.read("xor.seed8.safetensors"));
}

TEST(Seeds, AnExpectationIsJudgedOnTheWorst) {
  TempFolder folder;
  // With 400 steps some seeds reach the bound and others do not.
  std::string text = R"(
data xor = table { x: f32[2] = [[0, 0], [0, 1], [1, 0], [1, 1]]
 y: f32[1] = [[0], [1], [1], [0]] }
model net(x: f32[B, 2]) -> prob[B, 1] = x |> dense(4) |> sigmoid |> dense(1) |> sigmoid
train { data = xor; batch = 4; epochs = 400
 loss = mean((net(x) - y)^2)
 optimizer = adam(0.05) }
expect train.loss < BOUND
)";
  auto with_bound = [&](double bound) {
    std::string own = text;
    own.replace(own.find("BOUND"), 5, std::to_string(bound));
    folder.write("a.nn", own);
    return run(folder, "train a.nn --seeds 4");
  };
  Ended loose = with_bound(10);
  ASSERT_EQ(loose.code, 0) << loose.output;
  std::istringstream row(loose.output.substr(loose.output.find("\ntrain.loss") + 12));
  double mean = 0, deviation = 0, worst = 0;
  row >> mean >> deviation >> worst;
  ASSERT_GT(worst, mean);
  Ended between = with_bound((worst + mean) / 2);
  EXPECT_EQ(between.code, 5) << "the mean meets the bound, the worst does not: " << between.output;
  EXPECT_TRUE(says(between, "NOT MET"));
}

TEST(Seeds, AnInterruptionKeepsWhatIsDone) {
  TempFolder folder;
  Background training(folder, "train " + xor_file() + " --seeds 9999 --epochs 20000", "out.txt");
  ASSERT_TRUE(Background::until([&] { return std::filesystem::exists(folder.path("xor.seed8.safetensors")); }));
  training.signal(SIGINT);
  EXPECT_EQ(training.wait(), 130);
  std::string output = folder.read("out.txt");
  EXPECT_NE(output.find("seed 7: train.loss"), std::string::npos) << output;
  EXPECT_NE(output.find("\ntrain.loss "), std::string::npos) << output;
  EXPECT_GT(folder.read("xor.seed7.safetensors").size(), 0u);
}

TEST(Seeds, TheirNumberIsChecked) {
  TempFolder folder;
  for (const char* wrong : {"0", "-1", "x", "1e3", "10001"}) {
    EXPECT_EQ(run(folder, "train " + xor_file() + " --seeds " + wrong).code, 2) << wrong;
  }
  EXPECT_EQ(folder.files(), 0);
}

}  // namespace
}  // namespace nnc
