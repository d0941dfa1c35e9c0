// Completion scripts, sourced by the shells that they are for.
#include <gtest/gtest.h>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

bool is_there(const std::string& shell) { return std::system((shell + " --version > /dev/null 2>&1").c_str()) == 0; }

/// What a script prints under a shell that has sourced the completion.
std::string under(const std::string& shell, const std::string& flags, const std::string& script) {
  TempFolder folder;
  folder.write("script", script);
  Ended ended = run(folder, "completion " + shell + " > completion; " + shell + " " + flags + " script");
  EXPECT_EQ(ended.code, 0) << ended.output;
  return ended.output;
}

std::string bash(const std::string& words) {
  return under("bash", "--norc",
               "source ./completion\nCOMP_WORDS=(" + words +
                   ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_nnc 2>/dev/null\necho \"${COMPREPLY[@]}\"\n");
}

TEST(Completion, OfBashKnowsSubcommandsFlagsAndTheirValues) {
  EXPECT_EQ(bash("nnc tr"), "train\n");
  EXPECT_EQ(bash("nnc train --prec"), "--precision\n");
  EXPECT_EQ(bash("nnc train --precision ''"), "f32 f64\n");
  EXPECT_EQ(bash("nnc train x.nn --target av"), "avx2 avx512\n");
  EXPECT_EQ(bash("nnc train x.nn --see"), "--seed --seeds\n");
  EXPECT_EQ(bash("nnc train x.nn --epochs ''"), "\n");
  EXPECT_EQ(bash("nnc train x.nn --train.s"), "--train.steps --train.stop --train.seed --train.shuffle\n");
  EXPECT_EQ(bash("nnc train x.nn --train.shuffle ''"), "true false\n");
  EXPECT_EQ(bash("nnc train ''"), "\n") << "left to bash: file names";
  EXPECT_EQ(bash("nnc completion ''"), "bash zsh fish\n");
  EXPECT_NE(bash("nnc ''").find("check"), std::string::npos);
}

TEST(Completion, OfFishKnowsThemToo) {
  if (!is_there("fish")) GTEST_SKIP() << "skipped: fish is not installed";
  auto fish = [](const std::string& line) {
    return under("fish", "", "source ./completion\ncomplete -C '" + line + "' | string split -f1 \\t\n");
  };
  EXPECT_EQ(fish("nnc tra"), "train\n");
  EXPECT_EQ(fish("nnc train --preci"), "--precision\n");
  EXPECT_EQ(fish("nnc train --precision "), "f32\nf64\n");
}

TEST(Completion, OfZshKnowsThemToo) {
  if (!is_there("zsh")) GTEST_SKIP() << "skipped: zsh is not installed";
  // The functions of zsh's own that complete are made to print what they are given.
  auto zsh = [](const std::string& words, int current) {
    return under(
        "zsh", "-f",
        "compdef() { : }\nsource ./completion\n_describe() { print -l -- ${(P)2} }\n_arguments() { print -l -- "
        "\"$@\" }\nwords=(" +
            words + ")\nCURRENT=" + std::to_string(current) + "\n_nnc\n");
  };
  EXPECT_NE(zsh("nnc ''", 2).find("\ntrain:compile"), std::string::npos);
  std::string flags = zsh("nnc train --p", 3);
  EXPECT_NE(flags.find("\n--precision["), std::string::npos) << flags;
  EXPECT_NE(flags.find("]:value:(f32 f64)\n"), std::string::npos) << flags;
  EXPECT_NE(flags.find("\n*:file:_files\n"), std::string::npos) << flags;
}

TEST(Completion, OfAnotherShellIsAUsageError) {
  TempFolder folder;
  Ended ended = run(folder, "completion bsh");
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(says(ended, "did you mean 'bash'?")) << ended.output;
  EXPECT_EQ(run(folder, "completion").code, 2);
}

// By spelling, by meaning, and a misspelt meaning. Commands that a build lacks are never suggested.
TEST(Suggestions, NameTheCommandThatIsMeant) {
  TempFolder folder;
  std::string help = run(folder, "--help").output;
  for (auto [typed, meant] : std::vector<std::pair<std::string, std::string>>{{"trian", "train"},
                                                                              {"fit", "train"},
                                                                              {"Train", "train"},
                                                                              {"evaluate", "eval"},
                                                                              {"score", "eval"},
                                                                              {"test_accuracy", "eval"},
                                                                              {"infer", "predict"},
                                                                              {"format", "fmt"},
                                                                              {"graph", "explain"},
                                                                              {"datset", "data"},
                                                                              {"curves", "plot"},
                                                                              {"lint", "check"}}) {
    Ended ended = run(folder, typed + " a.nn");
    EXPECT_EQ(ended.code, 2) << typed;
    bool is_command = help.find("\n  " + meant + " ") != std::string::npos;
    EXPECT_EQ(says(ended, "did you mean '" + meant + "'?"), is_command) << typed << ended.output;
  }
  EXPECT_FALSE(says(run(folder, "xyzzy"), "did you mean"));
}

}  // namespace
}  // namespace nnc
