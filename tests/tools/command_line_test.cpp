// The command line as a person meets it: exit codes, where messages go, what an interruption leaves behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "tests/tools/background.h"

namespace nnc {
namespace {

/// Until the log of a training holds steps.
void wait_for_steps(const TempFolder& folder, const std::string& log) {
  EXPECT_TRUE(Background::until([&] { return folder.size(log) > 1000; }));
}

TEST(CommandLine, Row109UsageErrorsExitWithTwoAndNameTheNearest) {
  TempFolder folder;
  for (const char* wrong : {"", "trian x.nn", "train", "train --no-such", "opt", "dump x.nn --stage=lops"}) {
    Ended ended = run(folder, wrong);
    EXPECT_EQ(ended.code, 2) << wrong << ": " << ended.output;
    EXPECT_TRUE(says(ended, "nnc: error: ")) << wrong << ": " << ended.output;
  }
  EXPECT_TRUE(says(run(folder, "trian x.nn"), "did you mean 'train'?"));
  EXPECT_TRUE(says(run(folder, "dump x.nn --stage=lops"), "did you mean 'loops'?"));
  EXPECT_TRUE(says(run(folder, "train " + xor_file() + " --lr"), "needs a value"));
  EXPECT_EQ(run(folder, "train " + xor_file() + " --lr 1 --lr 2").code, 2);
}

// A command that takes a file more takes no option's value for it.
TEST(CommandLine, OptionsOfTheProgramStandAnywhere) {
  TempFolder folder;
  ASSERT_EQ(run(folder, "train --hidden 3 " + xor_file() + " --epochs 1 --out w.safetensors").output.find("error"),
            std::string::npos);
  for (const char* line :
       {"eval %s w.safetensors --hidden 3", "eval %s --hidden 3 w.safetensors", "eval --hidden 3 %s w.safetensors",
        "predict %s --hidden=3 w.safetensors", "predict %s w.safetensors --train.batch 2", "summary --hidden 3 %s"}) {
    std::string arguments = line;
    arguments.replace(arguments.find("%s"), 2, xor_file());
    Ended ended = run(folder, arguments);
    EXPECT_EQ(ended.code, 0) << line << ": " << ended.output;
  }
  Ended misspelt = run(folder, "eval " + xor_file() + " w.safetensors --hiden 3");
  EXPECT_EQ(misspelt.code, 2);
  EXPECT_TRUE(says(misspelt, "did you mean --hidden?")) << misspelt.output;
}

TEST(CommandLine, HelpAndVersionExitWithZero) {
  TempFolder folder;
  for (const char* asked : {"--help", "-h", "train --help", "--version"})
    EXPECT_EQ(run(folder, asked).code, 0) << asked;
}

TEST(CommandLine, AMistakeInTheProgramExitsWithOneAtItsPlace) {
  TempFolder folder;
  folder.write("a.nn", "model net(x: f32[B, 2]) -> f32[B, 2] = x |> rleu\n");
  Ended ended = run(folder, "check a.nn");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended, "a.nn:1:")) << ended.output;
  EXPECT_TRUE(says(ended, "did you mean 'relu'?")) << ended.output;
}

TEST(CommandLine, Row112AMissingFileAndAFolderAreTheSystems) {
  TempFolder folder;
  EXPECT_EQ(run(folder, "train no-such.nn").code, 3);
  EXPECT_EQ(run(folder, "train .").code, 3);
  EXPECT_EQ(run(folder, "check - < /dev/null").code, 1);
  EXPECT_EQ(run(folder, "check - < " + xor_file()).code, 0);
}

TEST(CommandLine, Row117AFolderThatCannotBeWrittenIsFoundBeforeTraining) {
  TempFolder folder;
  Ended ended = run(folder, "train " + xor_file() + " --out missing/folder/w.safetensors");
  EXPECT_EQ(ended.code, 3) << ended.output;
  EXPECT_FALSE(says(ended, "epoch")) << ended.output;
}

TEST(CommandLine, TrainingWritesWeightsAndSaysWhatComesNext) {
  TempFolder folder;
  Ended ended = run(folder, "train " + xor_file() + " --log steps.csv --epochs 3000");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "weights: xor.safetensors"));
  EXPECT_TRUE(says(ended, "expect train.loss < 0.01: found"));
  EXPECT_TRUE(says(ended, "next: nnc eval "));
  EXPECT_TRUE(std::filesystem::exists(folder.path("xor.safetensors")));
  EXPECT_TRUE(std::filesystem::exists(folder.path("steps.csv")));
  EXPECT_FALSE(says(ended, "\x1b")) << "colour codes without a terminal";
}

TEST(CommandLine, TheHistoryStandsBesideTheWeightsHoweverTheRunEnds) {
  TempFolder folder;
  EXPECT_EQ(run(folder, "train " + xor_file() + " --epochs 20").code, 5);
  std::string history = folder.read("xor.history.csv");
  EXPECT_EQ(history.substr(0, history.find('\n')), "epoch,train.loss,seconds");
  EXPECT_EQ(std::count(history.begin(), history.end(), '\n'), 21) << history;
  Background training(
      folder, "train " + xor_file() + " --epochs 1000000000000000000 --out long.safetensors --log l.csv", "out.txt");
  wait_for_steps(folder, "l.csv");
  training.signal(SIGINT);
  EXPECT_EQ(training.wait(), 130);
  history = folder.read("long.history.csv");
  int64_t lines = std::count(history.begin(), history.end(), '\n');
  EXPECT_GT(lines, 2);
  EXPECT_LE(lines, 10'001);
}

TEST(CommandLine, EvalScoresTheTrainSplitInAPassOfItsOwn) {
  TempFolder folder;
  folder.write("a.nn",
               "data d = table { x: f32[1] = [[0], [1], [2]]\n y: f32[1] = [[1], [3], [5]] }\n"
               "model net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1)\n"
               "train { data = d; batch = 2; epochs = 2; eval = true\n loss = mse(net(x), y)\n"
               " metrics = {mae: mae(net(x), y)} }\nexpect train.mae < 100\n");
  Ended ended = run(folder, "train a.nn");
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "train.mae")) << ended.output;
  Ended again = run(folder, "eval a.nn a.safetensors");
  EXPECT_EQ(again.code, 0) << again.output;
  std::string score = ended.output.substr(ended.output.find("train.mae ") + 10);
  EXPECT_TRUE(says(again, score.substr(0, score.find('\n')))) << again.output << ended.output;
}

TEST(CommandLine, Row46NoEpochJudgesTheStartWeightsAndWritesNothing) {
  TempFolder folder;
  Ended ended = run(folder, "train " + xor_file() + " --epochs 0");
  EXPECT_EQ(ended.code, 5) << "the loss of the start weights is no fit: " << ended.output;
  EXPECT_TRUE(says(ended, " note: no step was completed, nothing is written\n")) << ended.output;
  EXPECT_EQ(folder.files(), 0);
}

TEST(CommandLine, AnExpectationThatIsNotMetExitsWithFive) {
  TempFolder folder;
  Ended ended = run(folder, "train " + xor_file() + " --epochs 1");
  EXPECT_EQ(ended.code, 5);
  EXPECT_TRUE(says(ended, "NOT MET"));
  EXPECT_TRUE(std::filesystem::exists(folder.path("xor.safetensors")));
}

TEST(CommandLine, InterruptionsFinishTheStepSaveAndExitWith130And143) {
  for (auto [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    TempFolder folder;
    Background training(folder, "train " + xor_file() + " --epochs 2000000000 --log l.csv", "out.txt");
    wait_for_steps(folder, "l.csv");
    training.signal(signal);
    EXPECT_EQ(training.wait(), code) << folder.read("out.txt");
    EXPECT_TRUE(std::filesystem::exists(folder.path("xor.safetensors"))) << signal;
  }
}

TEST(CommandLine, AtMostTwentyProgressLinesWithoutATerminal) {
  TempFolder folder;
  folder.write(
      "long.nn",
      "data d = table { x: f32[1] = [[1], [2], [3]]\n y: f32[1] = [[1], [2], [3]] }\n"
      "model net(x: f32[B, 1]) -> f32[B, 1] { param w: f32[1, 1] = ones\n x @ w }\n"
      "train { data = d; batch = 2; epochs = 200; seed = 1\n loss = mean((net(x) - y)^2)\n optimizer = sgd(0.01) }\n");
  Ended ended = run(folder, "train long.nn");
  ASSERT_EQ(ended.code, 0) << ended.output;
  int lines = 0;
  for (size_t at = ended.output.find("epoch "); at != std::string::npos; at = ended.output.find("\nepoch ", at + 1))
    ++lines;
  EXPECT_LE(lines, 20) << ended.output;
  EXPECT_GE(lines, 1);
}

TEST(CommandLine, EveryStageOfEveryExampleCanBePrinted) {
  TempFolder folder;
  for (const char* stage : {"ast", "typed", "graph", "grad", "simplified", "layout", "fused", "scheduled", "loops",
                            "plan", "llvm", "asm"}) {
    Ended ended = run(folder, "dump " + xor_file() + " --stage=" + stage + " --target=avx2");
    EXPECT_EQ(ended.code, 0) << stage << ended.output.substr(0, 300);
    EXPECT_GT(ended.output.size(), 200U) << stage;
  }
  const std::string opt = " > a.nnir && '" NNC_BINARY "' opt a.nnir --passes=";
  EXPECT_EQ(run(folder, "dump " + xor_file() + " --stage=fused" + opt + "vectorize").code, 2);
  EXPECT_EQ(run(folder, "opt a.nnir --passes=vectorise").code, 2);
}

/// A dump says what it is compiled for, so that the passes that are left make of it what they make within the compiler.
TEST(CommandLine, PassesOnADumpGoOnFromWhereItWasMade) {
  TempFolder folder;
  for (const std::string made :
       {"--target=avx2", "--target=generic --variant=evaluate", "--target=avx512 --train.batch 3"}) {
    for (auto [stage, passes] : {std::pair{"fused", "schedule,vectorize"}, {"scheduled", "vectorize"}}) {
      const std::string dump = "dump " + xor_file() + " " + made + " --stage=";
      const Ended compiled = run(folder, dump + "loops");
      ASSERT_EQ(compiled.code, 0) << compiled.output;
      const std::string opt = std::string(" > a.nnir && '" NNC_BINARY "' opt a.nnir --passes=") + passes;
      EXPECT_EQ(run(folder, dump + stage + opt).output, compiled.output) << made << stage;
    }
  }
}

/// A flag says otherwise than the text, until loops are written for one target.
TEST(CommandLine, AFlagTakesTheTextForAnotherTarget) {
  TempFolder folder;
  ASSERT_EQ(run(folder, "dump " + xor_file() + " --stage=fused --target=avx2 > f.nnir").code, 0);
  EXPECT_TRUE(folder.read("f.nnir").starts_with("compiled for avx2, exactly 4 rows\n")) << folder.read("f.nnir");
  const std::string other = run(folder, "opt f.nnir --passes=schedule --target=generic --batch=9 --any-rows").output;
  EXPECT_TRUE(other.starts_with("compiled for generic, up to 9 rows\n")) << other;
  folder.write("p.nn", "fn p(x: f32[64, 80], w: f32[80, 50]) = tanh(x @ w)\n");
  ASSERT_EQ(run(folder, "dump p.nn --stage=scheduled --target=avx512 > s.nnir").code, 0);
  const Ended refused = run(folder, "opt s.nnir --passes=vectorize --target=generic");
  EXPECT_EQ(refused.code, 1);
  EXPECT_TRUE(says(refused,
                   "note: the text is compiled for avx512, up to 32 rows; the command asks for generic, up to "
                   "32 rows"))
      << refused.output;
  ASSERT_EQ(run(folder, "dump " + xor_file() + " --stage=loops --target=avx2 > l.nnir").code, 0);
  EXPECT_EQ(run(folder, "opt l.nnir --passes=plan --target=avx2 --batch=4 > p.nnir").code, 0);
  const Ended late = run(folder, "opt l.nnir --passes=plan --batch=5");
  EXPECT_EQ(late.code, 2);
  EXPECT_TRUE(says(late, "the loops in 'l.nnir' are written for avx2, exactly 4 rows")) << late.output;
}

}  // namespace
}  // namespace nnc
