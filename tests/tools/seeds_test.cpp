// nnc train --seeds: the spread of the scores, one file of weights a seed, expectations judged on the worst.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
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

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// What a command prints, without how long anything took.
std::string timeless(const std::string& output) {
  return std::regex_replace(output, std::regex(" in [0-9.]+ ?[a-z]+( [0-9.]+ ?[a-z]+)*, "), " in …, ");
}

/// Each run's files and what was printed, with so many threads.
struct SeedsOn {
  Ended ended;
  std::map<std::string, std::string> files;

  SeedsOn(const std::string& program, const std::string& flags, int threads) {
    TempFolder folder;
    folder.write("p.nn", program);
    ended = run(folder, "train p.nn --log l.csv --threads " + std::to_string(threads) + " " + flags);
    ended.output = timeless(ended.output);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path("."))) {
      const std::string name = entry.path().filename().string();
      files[name] = folder.read(name);
    }
    for (auto& [name, text] : files) {  // of a history the column of seconds
      if (name.ends_with("history.csv")) text = std::regex_replace(text, std::regex(",[0-9.e-]+\n"), "\n");
    }
  }
};

TEST(Seeds, AreTheSameOnAnyNumberOfThreads) {
  const std::string program = text_of(std::string(NNC_SOURCE_DIR) + "/examples/xor.nn");
  const SeedsOn one(program, "--seeds 5 --epochs 300", 1);
  ASSERT_TRUE(says(one.ended, "\ntrain.loss ")) << one.ended.output;
  EXPECT_EQ(one.files.size(), 1U + 5 * 3);
  for (int threads : {2, 3, 8}) {
    const SeedsOn many(program, "--seeds 5 --epochs 300", threads);
    EXPECT_EQ(many.ended.code, one.ended.code);
    EXPECT_EQ(many.ended.output, one.ended.output) << threads;
    EXPECT_EQ(many.files, one.files) << threads;
  }
}

/// Whether the loss is finite hangs on the start weights.
constexpr const char* kSomeBreak = R"(
data d = table { x: f32[2] = [[1, 0], [1, 1], [0, 1], [2, 1]]
 y: f32[1] = [[1], [2], [1], [3]] }
model net(x: f32[B, 2]) -> f32[B, 1] = x |> dense(1)
train { data = d; batch = 4; epochs = 40
 loss = mean((log(net(x)) - y)^2)
 optimizer = sgd(0.0001) }
)";

TEST(Seeds, OneThatBreaksIsToldInItsPlace) {
  const SeedsOn one(kSomeBreak, "--seeds 8", 1);
  ASSERT_EQ(one.ended.code, 4) << one.ended.output;
  const int broken = count(one.ended.output, " stopped: ");
  ASSERT_GT(broken, 0) << one.ended.output;
  ASSERT_LT(broken, 8) << one.ended.output;
  for (int threads : {2, 3}) {
    const SeedsOn many(kSomeBreak, "--seeds 8", threads);
    EXPECT_EQ(many.ended.code, 4);
    EXPECT_EQ(many.ended.output, one.ended.output);
    EXPECT_EQ(many.files, one.files);
  }
}

TEST(Seeds, AnInterruptionKeepsEveryRunAtHand) {
  TempFolder folder;
  Background training(folder, "train " + xor_file() + " --seeds 9 --epochs 100000000 --threads 3 --log l.csv",
                      "out.txt");
  ASSERT_TRUE(Background::until([&] {
    return std::filesystem::exists(folder.path("l.seed7.csv")) && std::filesystem::exists(folder.path("l.seed8.csv")) &&
           std::filesystem::exists(folder.path("l.seed9.csv"));
  }));
  training.signal(SIGTERM);
  EXPECT_EQ(training.wait(), 143);
  const std::string output = folder.read("out.txt");
  size_t before = 0;
  for (const std::string seed : {"7", "8", "9"}) {
    const size_t at = output.find("seed " + seed + ": interrupted after ");
    ASSERT_NE(at, std::string::npos) << output;
    EXPECT_GE(at, before) << output;
    EXPECT_GT(folder.read("xor.seed" + seed + ".safetensors").size(), 0U);
    before = at;
  }
  EXPECT_EQ(count(output, "interrupted after"), 3);
  EXPECT_FALSE(std::filesystem::exists(folder.path("xor.seed10.safetensors")));
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
