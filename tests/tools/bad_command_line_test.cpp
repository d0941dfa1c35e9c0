// Rows 110–116 of the table of bad inputs: what is wrong with the command line itself, and with the files it names.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

/// Exit 2, one message and one help, nothing written.
void expect_usage(const TempFolder& folder, const std::string& arguments, std::string_view text) {
  int before = folder.files();
  Ended ended = run(folder, arguments);
  EXPECT_EQ(ended.code, 2) << arguments << ": " << ended.output;
  EXPECT_EQ(ended.output.find("nnc: error: "), 0u) << arguments << ": " << ended.output;
  EXPECT_TRUE(says(ended, text)) << arguments << ": " << ended.output;
  EXPECT_EQ(folder.files(), before) << arguments;
}

TEST(BadCommandLine, Row109UnknownFlagsNameTheNearest) {
  TempFolder folder;
  expect_usage(folder, "train " + xor_file() + " --epoch 3", "did you mean --epochs?");
  expect_usage(folder, "train " + xor_file() + " --hiden 3", "did you mean --hidden?");
  expect_usage(folder, "train " + xor_file() + " --train.btch 3", "did you mean --train.batch?");
  expect_usage(folder, "check " + xor_file() + " --xyzzy 3", "no flag '--xyzzy'");
  expect_usage(folder, "train " + xor_file() + " --hidden", "needs a value");
  expect_usage(folder, "train " + xor_file() + " --epochs", "--epochs needs a value");
  expect_usage(folder, "train " + xor_file() + " --out", "--out needs a value");
  expect_usage(folder, "train " + xor_file() + " --interp=3", "--interp takes no value");
  expect_usage(folder, "train " + xor_file() + " more", "unexpected argument 'more'");
  expect_usage(folder, "plot --sgv a.svg", "");
}

TEST(BadCommandLine, ValuesThatTheFileRefusesNameTheArgument) {
  TempFolder folder;
  for (auto [argument, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"--hidden abc", "E0901]: --hidden abc: the option 'hidden' is a whole number"},
           {"--train.batch 0", "E0909]: --train.batch 0: 'batch' is a whole number from 1, but this is 0"},
           {"--train.epochs [3", "E0901]: --train.epochs [3: this can't be read as a value"},
           {"--train.optimizer 'adm(0.1)'", "E0302]: --train.optimizer adm(0.1): 'adm' is not defined"},
           {"--train.optimizer 'sgd(-1)'", "E0917]: --train.optimizer sgd(-1): the learning rate"},
           {"--train.loss x", "E0914]: --train.loss x: the loss is one number"},
           {"--train.metrics '{m: mean(z)}'", "E0302]: --train.metrics {m: mean(z)}: 'z' is not defined"},
           {"--train.clip 'norm(q)' --train.stop 3", "E0911]: --train.stop 3: 'stop' is"},
           {"--train.clip 'norm(q)' --train.valid xor", "E0302]: --train.clip norm(q): 'q' is not defined"},
           {"--train.stop 3", "E0911]: --train.stop 3: "}}) {
    Ended ended = run(folder, "train " + xor_file() + " " + argument);
    EXPECT_EQ(ended.code, 2) << argument << ended.output;
    EXPECT_TRUE(says(ended, text)) << argument << ended.output;
  }
  EXPECT_EQ(folder.files(), 0);
}

TEST(BadCommandLine, Row110TheSameTwiceAndContradictions) {
  TempFolder folder;
  expect_usage(folder, "train " + xor_file() + " --seed 1 --seed 2", "--seed is given more than once");
  expect_usage(folder, "train " + xor_file() + " --interp --interp", "--interp is given more than once");
  expect_usage(folder, "train " + xor_file() + " --lr 1 --lr 2", "'--lr' is given twice");
  expect_usage(folder, "train " + xor_file() + " --epochs 1 --steps 1", "--epochs excludes --steps");
}

TEST(BadCommandLine, Row110HelpBesideMistakes) {
  TempFolder folder;
  for (const char* asked :
       {"train -h --bogus", "train --seeds x -h", "train --help --seed 1 --seed 2", "train no.nn -h"}) {
    Ended ended = run(folder, asked);
    EXPECT_EQ(ended.code, 0) << asked << ended.output;
    EXPECT_TRUE(says(ended, "Usage: nnc train")) << asked << ended.output;
  }
  EXPECT_TRUE(says(run(folder, "trian -h"), "Usage: nnc [OPTIONS] SUBCOMMAND"));
}

TEST(BadCommandLine, Row111NumbersNameTheirRange) {
  TempFolder folder;
  for (const char* wrong : {"0", "-1", "1000000", "x", "1e3", "1.5", "''"}) {
    expect_usage(folder, "train " + xor_file() + " --threads " + wrong, "from 1 to 1024 is wanted");
  }
  for (const char* wrong : {"-1", "x", "1e3", "1.5", "99999999999999999999", "' 1'", "+1"}) {
    expect_usage(folder, "train " + xor_file() + " --seed " + wrong, "from 0 to 9007199254740992 is wanted");
    expect_usage(folder, "train " + xor_file() + " --epochs " + wrong, "from 0 to 9000000000000000000 is wanted");
  }
}

TEST(BadCommandLine, AValueIsNeverReadAsTheReason) {
  TempFolder folder;
  for (const char* value :
       {"At Most 1 required", "1 required but received 0", "x was given a disallowed flag override"})
    expect_usage(folder, "train " + xor_file() + " --seed '" + value + "'", "is wanted, not '" + std::string(value));
}

TEST(BadCommandLine, Row112InputsThatCannotBeRead) {
  TempFolder folder;
  folder.write("empty.nn", "");
  EXPECT_EQ(run(folder, "check .").code, 3);
  EXPECT_EQ(run(folder, "check missing.nn").code, 3);
  EXPECT_EQ(run(folder, "check empty.nn").code, 1);
  EXPECT_EQ(run(folder, "check - < " + xor_file()).code, 0);
  EXPECT_EQ(run(folder, "check /dev/zero").code, 1);
  ASSERT_EQ(::mkfifo(folder.path("pipe.nn").c_str(), 0600), 0);
  EXPECT_TRUE(says(run(folder, "check pipe.nn"), "not a regular file"));
  if (::geteuid() != 0) {
    folder.write("secret.nn", "");
    ::chmod(folder.path("secret.nn").c_str(), 0);
    EXPECT_EQ(run(folder, "check secret.nn").code, 3);
  }
}

TEST(BadCommandLine, Row113OutputsTakeNobodysPlace) {
  TempFolder folder;
  std::filesystem::copy(NNC_SOURCE_DIR "/examples/xor.nn", folder.path("xor.nn"));
  folder.write("mine.txt", "my words");
  std::filesystem::create_symlink("xor.nn", folder.path("link"));
  expect_usage(folder, "train xor.nn --out xor.nn", "is read by this command");
  expect_usage(folder, "train xor.nn --out link --force", "is read by this command");
  expect_usage(folder, "train xor.nn --log ./xor.nn", "is read by this command");
  expect_usage(folder, "train xor.nn --out .", "is a folder");
  expect_usage(folder, "train xor.nn --out mine.txt", "--force");
  expect_usage(folder, "train xor.nn --log mine.txt", "--force");
  EXPECT_EQ(run(folder, "train xor.nn --out no/w.safetensors").code, 3);
  EXPECT_EQ(folder.read("mine.txt"), "my words");

  EXPECT_EQ(run(folder, "train xor.nn").code, 0);
  EXPECT_EQ(run(folder, "train xor.nn").code, 0) << "weights of the same program are replaced";
  EXPECT_EQ(run(folder, "eval xor.nn xor.safetensors").code, 0) << "what 'next:' proposes";
  EXPECT_EQ(run(folder, "train xor.nn --init xor.safetensors").code, 0) << "in place of its own start";
  folder.write("other.nn", folder.read("xor.nn"));
  expect_usage(folder, "train other.nn --out xor.safetensors", "nnc did not write it for this program");
  EXPECT_EQ(run(folder, "train other.nn --out xor.safetensors --force").code, 0);
  EXPECT_EQ(run(folder, "train xor.nn --out mine.txt --force").code, 0);
  folder.write("third.nn", folder.read("xor.nn"));
  folder.write("third.history.csv", "day,event\n1,born\n");
  expect_usage(folder, "train third.nn", "the history: 'third.history.csv' exists");
  folder.write("a.svg", "my drawing");
  expect_usage(folder, "plot xor.history.csv --svg a.svg", "--force");
  expect_usage(folder, "plot xor.history.csv --svg xor.history.csv", "is read by this command");
}

TEST(BadCommandLine, Row114TwoOutputsAndNamesThatBeginWithADash) {
  TempFolder folder;
  std::filesystem::copy(NNC_SOURCE_DIR "/examples/xor.nn", folder.path("-xor.nn"));
  std::filesystem::copy(NNC_SOURCE_DIR "/examples/xor.nn", folder.path("xor.nn"));
  expect_usage(folder, "train xor.nn --out w --log ./w", "both name");
  expect_usage(folder, "train xor.nn --out w --log w.history.csv", "the history and --log both name");
  EXPECT_EQ(run(folder, "check -- -xor.nn").code, 0);
  EXPECT_EQ(run(folder, "check ./-xor.nn").code, 0);
  expect_usage(folder, "check -xor.nn", "for the file '-xor.nn' write ./-xor.nn");
  EXPECT_EQ(run(folder, "check --seed 1 -- -xor.nn").code, 0);
  expect_usage(folder, "check -- xor.nn --seed", "after '--'");
}

TEST(BadCommandLine, Row115StreamsThatAreClosedOrFull) {
  TempFolder folder;
  std::filesystem::copy(NNC_SOURCE_DIR "/examples/xor.nn", folder.path("xor.nn"));
  for (const char* closed : {">&-", "<&- >&- 2>&-", "> /dev/full"}) {
    Ended ended = run(folder, "train xor.nn " + std::string(closed));
    EXPECT_EQ(folder.read("xor.safetensors").substr(8, 15), "{\"__metadata__\"") << closed;
    EXPECT_EQ(ended.code, std::string(closed) == "> /dev/full" ? 3 : 0) << closed << ended.output;
    EXPECT_FALSE(says(ended, "bug")) << closed << ended.output;
    std::filesystem::remove(folder.path("xor.safetensors"));
  }
  EXPECT_TRUE(says(run(folder, "dump xor.nn > /dev/full"), "cannot write to standard output: No space left"));
  Ended ended = run(folder, "dump xor.nn --stage=llvm; echo code $? > code; } | { head -1 > line; ");
  EXPECT_EQ(ended.output, "") << "quiet";
  EXPECT_TRUE(folder.read("code") == "code 141\n" || folder.read("code") == "code 0\n") << folder.read("code");
  EXPECT_FALSE(says(run(folder, "train xor.nn", "TERM=xterm-256color CLICOLOR_FORCE= "), "\x1b"));
}

TEST(BadCommandLine, Row116ArgumentsOfAnyBytesAndLengths) {
  TempFolder folder;
  std::filesystem::copy(NNC_SOURCE_DIR "/examples/xor.nn", folder.path("xor.nn"));
  std::string wide = "\"$(head -c 120000 /dev/zero | tr '\\0' 7)\"";
  for (const std::string& odd : {std::string("$'\\xff\\x1b[31m'"), wide}) {
    for (std::string place : {"", "check ", "train xor.nn --lr ", "train xor.nn --seed ", "train xor.nn --out no/",
                              "dump xor.nn --stage ", "plot ", "data ", "train xor.nn --"}) {
      folder.write("line", "exec '" NNC_BINARY "' " + place + odd + "\n");
      Ended ended = run(folder, "--version > /dev/null; bash line");
      EXPECT_TRUE(ended.code >= 1 && ended.code <= 3) << place << ended.code << ended.output.substr(0, 300);
      EXPECT_FALSE(says(ended, "\x1b") || says(ended, "\xff")) << place << ended.output.substr(0, 300);
    }
  }
}

TEST(BadCommandLine, ALeadingZeroDoesNotMakeANumberOctal) {
  TempFolder folder;
  const Ended ended = run(folder, "train " + xor_file() + " --epochs 1 --seeds 09");
  EXPECT_TRUE(says(ended, "seed 15: ")) << ended.output;
  EXPECT_FALSE(says(ended, "seed 16: ")) << ended.output;
}

}  // namespace
}  // namespace nnc
