// What a newcomer mistypes, and the answer: what was found, what was meant, what to do.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

struct Slip {
  const char* arguments;
  int code;
  const char* says;
};

TEST(Messages, NameWhatWasMeant) {
  TempFolder folder;
  std::filesystem::copy_file(std::string(NNC_SOURCE_DIR) + "/examples/xor.nn", folder.path("xor.nn"));
  std::filesystem::copy_file(std::string(NNC_SOURCE_DIR) + "/examples/apples.nn", folder.path("apples.nn"));
  folder.write("d.csv", "x,y\n1,2\n3,4\n");
  folder.write("c.nn", "data d = csv(\"d.csv\") {\n  t: f32 = column(\"yy\")\n}\nfn f(x: f32) -> f32 = x\n");
  for (const Slip& slip : {
           Slip{"trian xor.nn", 2, "there is no subcommand 'trian'; did you mean 'train'?"},
           Slip{"--verison", 2, "'nnc' has no flag '--verison'; did you mean '--version'?"},
           Slip{"-v", 2, "'nnc' has no flag '-v'"},
           Slip{"defaults xor.nn", 2, "did you mean 'show'?"},
           Slip{"train", 2, "'nnc train' needs FILE: the .nn file, or - for standard input\n help: 'nnc train --help'"},
           Slip{"eval xor.nn", 2, "'nnc eval' needs WEIGHTS: what 'nnc train' wrote"},
           Slip{"train xro.nn", 3,
                "xro.nn: error: cannot open: No such file or directory\n help: did you mean 'xor.nn'?"},
           Slip{"check ./xor", 3, "did you mean './xor.nn'?"},
           Slip{"data e.csv", 3, "did you mean 'd.csv'?"},
           Slip{"check c.nn", 1, "d.csv:1:1: error: no column 'yy'; the columns are 'x', 'y'"},
           Slip{"check c.nn", 1, "\n note: asked for at c.nn:2:12\n"},
           Slip{"data d.csv --colums x", 2, "'nnc data' has no flag '--colums'"},
           Slip{"data d.csv --daat=x", 2, "'nnc data' has no flag '--daat'; did you mean '--data'?"},
           Slip{"completion bash zsh", 2, "unexpected argument 'zsh'"},
           Slip{"dump xor.nn --stage=fusde", 2, "\n help: did you mean 'fused'?"},
           Slip{"dump xor.nn --dump-after=fusee", 2, "there is no pass 'fusee'; the passes are "},
           Slip{"opt xor.nn --passes=fuse", 2, "help: nnc dump xor.nn --stage=graph > graph.nnir"},
           Slip{"run apples.nn bill 3", 2,
                "unexpected argument '3'\n help: a command takes one program, and values by name: --NAME VALUE"},
           Slip{"explain xor.nn --sample x", 2, "--sample: a whole number from 0 "},
           Slip{"explain E031", 2, "there is no code E031; did you mean E0"},
           Slip{"summary apples.nn", 1, "help: 'nnc explain apples.nn' shows the values of a calculation"},
           Slip{"explain E9999", 2, "there is no code E9999\n help: a code stands in brackets"},
           Slip{"explain w312", 2, "there is no code W312; did you mean E0312?"},
           Slip{"train xor.nn --batch-size 3", 2, "help: did you mean --train.batch?"},
           Slip{"train xor.nn --learning-rate 3", 2, "help: it is the optimizer's: optimizer = sgd(lr: 0.01)"},
           Slip{"train xor.nn --train.batch_size 3", 2, "help: did you mean --train.batch?"},
           Slip{"train xor.nn --train.lr 3", 2, "help: it is the optimizer's: optimizer = sgd(lr: 0.01)"},
           Slip{"check d.csv", 1, "help: a CSV file is no program: 'nnc data FILE' shows it"},
           Slip{"eval xor.nn xor.nn", 1,
                "xor.nn: error: not weights but a text\n help: the weights are what 'nnc train' writes"},
           Slip{"train xor.nn --train.bacth 3", 2,
                "there is no flag '--train.bacth': 'train' has no setting 'bacth'\n help: did you mean --train.batch?"},
       }) {
    Ended ended = run(folder, slip.arguments);
    EXPECT_EQ(ended.code, slip.code) << slip.arguments << "\n" << ended.output;
    EXPECT_TRUE(says(ended, slip.says)) << slip.arguments << "\n" << ended.output;
  }
  EXPECT_EQ(folder.files(), 4) << "nothing is written";
}

TEST(Messages, AFileThatIsNoProgramIsToldOnce) {
  TempFolder folder;
  folder.write("elf.nn", std::string("\x7F"
                                     "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0>\0\1\0\0\0",
                                     24) +
                             std::string(400, '\0'));
  folder.write("small.nn", std::string("\1\2\3\4\5", 5));
  ASSERT_EQ(run(folder, "train " + xor_file() + " --train.epochs 1").code, 5);
  for (const char* command : {"train", "check", "fmt", "show", "dump", "summary", "explain", "run", "data"}) {
    Ended ended = run(folder, std::string(command) + " elf.nn");
    EXPECT_EQ(ended.code, 1) << ended.output;
    EXPECT_TRUE(says(ended, "elf.nn:1:1: error[E0103]: this is no text, but a binary file\n")) << ended.output;
    EXPECT_EQ(count(ended.output, "error"), 1) << command << ": " << ended.output;
  }
  EXPECT_TRUE(says(run(folder, "check small.nn"), "a binary file"));
  Ended weights = run(folder, "train xor.safetensors");
  EXPECT_TRUE(says(weights, "help: these are weights: the program stands first, as in nnc eval FILE WEIGHTS"))
      << weights.output;
  EXPECT_EQ(count(weights.output, "error"), 1) << weights.output;
  folder.write("zero.nn", std::string("fn f(x: f32) = x + \0 1\n", 23));
  EXPECT_TRUE(says(run(folder, "check zero.nn"), "the control character 0x00")) << "one slip in a text";
}

TEST(Messages, OfAProgramFromStandardInputNameItAsACommandDoes) {
  TempFolder folder;
  Ended ended = run(folder, "train - < " + xor_file());
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_TRUE(says(ended, "\nnext: nnc eval - stdin.safetensors\n")) << ended.output;
  EXPECT_FALSE(says(ended, "nnc train <")) << ended.output;
  Ended again = run(folder, "train - --init stdin.safetensors < " + xor_file());
  EXPECT_EQ(again.code, 0) << again.output;
  folder.write("apples.nn", "fn bill(price: f32 = 100) -> f32 = price * 2\n");
  EXPECT_TRUE(says(run(folder, "summary - < apples.nn"), "help: 'nnc explain -' shows")) << "as it is typed";
  EXPECT_TRUE(says(run(folder, "train - < apples.nn"), "help: 'nnc run - bill' evaluates"));
}

TEST(Messages, HelpIsAWordToo) {
  TempFolder folder;
  EXPECT_EQ(run(folder, "help").output, run(folder, "--help").output);
  EXPECT_EQ(run(folder, "help train").output, run(folder, "train --help").output);
  EXPECT_EQ(run(folder, "help train").code, 0);
  for (const char* asked : {"train -h ", "show --help "}) {
    Ended ended = run(folder, asked + xor_file());
    EXPECT_EQ(ended.code, 0) << ended.output;
    EXPECT_EQ(count(ended.output, "Options of "), 1) << asked << ended.output;
    EXPECT_TRUE(says(ended, "/xor.nn:\n  --hidden int  (default 4)  units in the hidden layer"))
        << asked << ended.output;
  }
  EXPECT_EQ(run(folder, "train missing.nn --help").output, run(folder, "train --help").output);
  EXPECT_EQ(run(folder, "check - < " + xor_file()).output, "<stdin>: no errors\n");
}

}  // namespace
}  // namespace nnc
