// Standard output that nobody reads any more: a training goes on and keeps its weights, what only prints ends quietly.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// Runs nnc with its output to a reader that is gone before it begins; the answer holds "code N" and standard error.
Ended run_unread(const TempFolder& folder, const std::string& arguments) {
  folder.write("unread.sh", "sleep 0.3; '" NNC_BINARY "' " + arguments + " 2>err.txt; echo \"code $?\" >> err.txt\n");
  run(folder, "--version", "sh unread.sh | true; sleep 0.1; ");
  // `true` ends at once, the left side of the pipe does not: wait for its last word.
  for (int i = 0; i < 300 && folder.read("err.txt").find("code ") == std::string::npos; ++i) {
    run(folder, "--version", "sleep 0.1; ");
  }
  return {0, folder.read("err.txt")};
}

TEST(BrokenPipe, TrainingEndsAsItWouldHave) {
  TempFolder folder;
  Ended met = run_unread(folder, "train " + xor_file());
  EXPECT_EQ(met.output, "code 0\n");
  ASSERT_EQ(run(folder, "train " + xor_file() + " --out seen.safetensors").code, 0);
  EXPECT_EQ(folder.read("xor.safetensors"), folder.read("seen.safetensors"));
  EXPECT_EQ(count(folder.read("xor.history.csv"), "\n"), 5001);
}

TEST(BrokenPipe, AnExpectationIsStillJudged) {
  TempFolder folder;
  EXPECT_EQ(run_unread(folder, "train " + xor_file() + " --epochs 1").output, "code 5\n");
  TempFolder seeds;
  EXPECT_EQ(run_unread(seeds, "train " + xor_file() + " --epochs 1 --seeds 2").output, "code 5\n");
  EXPECT_GT(seeds.read("xor.seed8.safetensors").size(), 0u);
  TempFolder several;
  EXPECT_EQ(run_unread(several, "test " + xor_file() + " --seed 1").output.substr(0, 4), "code");
}

TEST(BrokenPipe, WhatOnlyPrintsEndsQuietly) {
  for (const char* command : {"dump FILE --stage=asm", "summary FILE", "data FILE", "show FILE", "explain FILE",
                              "completion bash", "--help", "check FILE"}) {
    TempFolder folder;
    std::string line = command;
    if (size_t at = line.find("FILE"); at != std::string::npos) line.replace(at, 4, xor_file());
    EXPECT_EQ(run_unread(folder, line).output, "code 0\n") << command;
  }
}

}  // namespace
}  // namespace nnc
