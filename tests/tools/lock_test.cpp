// Row 129 of the table of bad inputs: several trainers at once.
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>

#include "tests/tools/background.h"

namespace nnc {
namespace {

/// A training that goes on for ever, after its first step.
class Endless {
 public:
  Endless(const TempFolder& folder, const std::string& flags, const std::string& log)
      : training_(folder, "train " + xor_file() + " --epochs 1000000000000 --log " + log + " " + flags, log + ".out") {
    EXPECT_TRUE(Background::until([&] { return folder.size(log) > 0; })) << folder.read(log + ".out");
  }
  Background& operator*() { return training_; }

 private:
  Background training_;
};

TEST(Lock, Row129TheSecondRunOfAFileIsRefused) {
  TempFolder folder;
  Endless first(folder, "", "first.csv");
  const std::string history = "xor.history.csv";
  for (const char* second : {"", "--out xor.safetensors", "--out ./xor.safetensors", "--out xor", "--seed 9 --force",
                             "--log first.csv --out other.safetensors"}) {
    Ended ended = run(folder, "train " + xor_file() + " --epochs 1 " + second);
    EXPECT_EQ(ended.code, 3) << second << ended.output;
    EXPECT_TRUE(
        std::regex_search(ended.output, std::regex(": error: another run writes this file: process [1-9][0-9]*\n"
                                                   " help: wait for its end, or name another file")))
        << second << ended.output;
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path("xor.safetensors")));
  EXPECT_EQ(run(folder, "train " + xor_file() + " --out other.safetensors").code, 0) << "another file of the folder";
  EXPECT_EQ(run(folder, "train " + xor_file() + " --seeds 2").code, 0) << "they write other files";
  (*first).signal(SIGINT);
  EXPECT_EQ((*first).wait(), 130);
  EXPECT_EQ(run(folder, "train " + xor_file()).code, 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
  }
}

TEST(Lock, Row129AKilledRunHoldsNothing) {
  TempFolder folder;
  {
    Endless killed(folder, "", "first.csv");
    (*killed).signal(SIGKILL);
    EXPECT_EQ((*killed).wait(), 128 + SIGKILL);
  }
  EXPECT_TRUE(std::filesystem::exists(folder.path(".xor.safetensors.lock")));
  folder.write(".xor.safetensors.1-0.tmp", "half of the weights");
  folder.write(".xor.history.csv.1-0.tmp", "half of the history");
  EXPECT_EQ(run(folder, "train " + xor_file() + " --log first.csv").code, 0);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
  }
}

TEST(Lock, Row129RunsOfSeedsExcludeEachOther) {
  TempFolder folder;
  Background seeds(folder, "train " + xor_file() + " --seeds 9999 --epochs 20000", "out.txt");
  ASSERT_TRUE(Background::until([&] { return std::filesystem::exists(folder.path("xor.seed8.safetensors")); }));
  for (const char* second : {"--seeds 2", "--seeds 2 --seed 100000"}) {
    Ended ended = run(folder, "train " + xor_file() + " --epochs 1 " + second);
    EXPECT_EQ(ended.code, 3) << ended.output;
    EXPECT_TRUE(says(ended, "another run writes this file: process ")) << ended.output;
  }
  EXPECT_EQ(run(folder, "train " + xor_file()).code, 0) << "one run alone writes other files";
  seeds.signal(SIGINT);
  EXPECT_EQ(seeds.wait(), 130);
}

}  // namespace
}  // namespace nnc
