// Programs of several files.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

const char* const kBlocks =
    "## pieces of several programs\n"
    "import \"more/bend.nn\"\n"
    "option width: int = 8\n"
    "layer block(out: int = width)(x: f32[..S, I]) -> f32[..S, out] = x |> dense(out) |> bend\n"
    "model other(x: f32[B, 2]) -> f32[B, 1] = x |> dense(1)\n"
    "data points = csv(\"points.csv\") {\n  x: f32[2] = columns(\"a\", \"b\")\n  y: f32[1] = columns(\"c\")\n}\n"
    "train { data = points; loss = mse(other(x), y); optimizer = sgd }\n"
    "expect train.loss < -1\n"
    "export fn predict(x: f32[B]) -> f32[B] = x\n";
const char* const kNet =
    "import \"lib/blocks.nn\"\n"
    "import \"lib/more/bend.nn\"\n"
    "import std.losses\n"
    "model net(x: f32[B, 2]) -> f32[B, 1] = x |> block |> block(4) |> dense(1)\n"
    "train { data = points; batch = 4; epochs = 200; loss = mse(net(x), y); optimizer = adam(0.05) }\n"
    "expect train.loss < 0.1\n";

struct Program {
  TempFolder folder;
  Program() {
    std::filesystem::create_directories(folder.path("lib/more"));
    folder.write("lib/more/bend.nn", "fn bend(x: f32[..S]) -> f32[..S] = tanh(x)\n");
    folder.write("lib/blocks.nn", kBlocks);
    folder.write("lib/points.csv", "a,b,c\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n");
    folder.write("net.nn", kNet);
  }
  /// The answer to a program that is wrong.
  std::string answer(const std::string& text) {
    folder.write("wrong.nn", text);
    Ended ended = run(folder, "check wrong.nn");
    EXPECT_EQ(ended.code, 1) << ended.output;
    return ended.output;
  }
};

#define EXPECT_SAYS(output, text) EXPECT_NE((output).find(text), std::string::npos) << (output)

TEST(Import, BringsOptionsDataAndDefinitionsAndNothingElse) {
  Program program;
  Ended trained = run(program.folder, "train net.nn --width 5");
  EXPECT_EQ(trained.code, 0) << trained.output;  // the imported `expect` is none of this program
  EXPECT_EQ(trained.output.find("warning"), std::string::npos) << trained.output;
  Ended summary = run(program.folder, "summary net.nn --width 5");
  EXPECT_SAYS(summary.output, "W: f32[2, 5]");
  // its data lies beside the imported file, and it predicts with its own model, not with what another file exports
  Ended predicted = run(program.folder, "predict net.nn net.safetensors");
  EXPECT_EQ(predicted.code, 0) << predicted.output;
  EXPECT_EQ(count(predicted.output, "\n"), 7) << predicted.output;  // two notes, the header, 4 rows
  EXPECT_EQ(run(program.folder, "eval net.nn net.safetensors").code, 0);
  Ended over = run(program.folder, "train net.nn --out lib/blocks.nn --force");
  EXPECT_NE(over.code, 0) << over.output;
  EXPECT_EQ(program.folder.read("lib/blocks.nn"), kBlocks);
  EXPECT_SAYS(run(program.folder, "data net.nn").output, "points.csv: 4 rows, 3 columns");
}

TEST(Import, IsTheSameProgramAsOneFile) {
  Program program;
  const std::string whole =
      "option width: int = 8\nfn bend(x: f32[..S]) -> f32[..S] = tanh(x)\n"
      "layer block(out: int = width)(x: f32[..S, I]) -> f32[..S, out] = x |> dense(out) |> bend\n"
      "data points = csv(\"lib/points.csv\") {\n  x: f32[2] = columns(\"a\", \"b\")\n  y: f32[1] = "
      "columns(\"c\")\n}\n" +
      std::string(kNet).substr(std::string(kNet).find("model"));
  program.folder.write("whole.nn", whole);
  ASSERT_EQ(run(program.folder, "train net.nn --out a.safetensors").code, 0);
  ASSERT_EQ(run(program.folder, "train whole.nn --out b.safetensors").code, 0);
  const std::string loss = "eval net.nn a.safetensors | grep loss", same = "eval whole.nn b.safetensors | grep loss";
  EXPECT_EQ(run(program.folder, loss).output, run(program.folder, same).output);
}

TEST(Import, ShowAndFormatKeepTheFileAsItIs) {
  Program program;
  Ended shown = run(program.folder, "show net.nn");
  EXPECT_EQ(shown.code, 0) << shown.output;
  EXPECT_SAYS(shown.output, "import \"lib/blocks.nn\"\nimport \"lib/more/bend.nn\"\nimport std.losses\n");
  EXPECT_SAYS(shown.output, "block(out: width)");
  program.folder.write("shown.nn", shown.output);
  EXPECT_EQ(run(program.folder, "check shown.nn").code, 0);
  Ended other = run(program.folder, "show net.nn --width 3");
  EXPECT_EQ(other.code, 2);
  EXPECT_SAYS(other.output, "--width: the option stands in lib/blocks.nn, and what is shown is net.nn");
  EXPECT_EQ(run(program.folder, "fmt net.nn lib/blocks.nn").code, 0);
}

TEST(Import, MistakesAreToldInTheFileThatTheyStandIn) {
  Program program;
  std::string blocks = kBlocks;
  blocks.replace(blocks.find("dense(out) |> bend"), 5, "dens");
  program.folder.write("lib/blocks.nn", blocks);
  const std::string answer = run(program.folder, "check net.nn").output;
  EXPECT_SAYS(answer, "lib/blocks.nn:4:71: error[E0302]: 'dens' is not defined\n    4 | layer block");
  EXPECT_SAYS(answer, "did you mean 'dense'?");
  program.folder.write("lib/blocks.nn", std::string(kBlocks) + "fn half(x: f32[B]) = x +\n");
  EXPECT_SAYS(run(program.folder, "check net.nn").output, "lib/blocks.nn:14:1: error[E0202]");
}

TEST(Import, ANameOfTwoFilesIsAnErrorAtTheSecond) {
  Program program;
  const std::string answer = program.answer("import \"lib/blocks.nn\"\nlayer block(x: f32[B, 2]) -> f32[B, 2] = x\n");
  EXPECT_SAYS(answer, "wrong.nn:2:7: error[E0307]: 'block' is defined twice");
  EXPECT_SAYS(answer, "note: first defined here (lib/blocks.nn:4)\n    4 | layer block(out: int = width)");
}

TEST(Import, WhatCantBeReadIsToldAtTheImport) {
  Program program;
  auto wrong = [&](const std::string& path) {
    return program.answer("import \"" + path + "\"\nfn f(x: f32[B]) = x\n");
  };
  EXPECT_SAYS(wrong("lib/block.nn"), "wrong.nn:1:8: error[E0211]: 'lib/block.nn' can't be imported: there is no file");
  EXPECT_SAYS(wrong("lib/block.nn"), "help: did you mean 'lib/blocks.nn'?");
  EXPECT_SAYS(wrong("../x.nn"), "imports stay below the folder of the program");
  EXPECT_SAYS(wrong("/etc/hostname"), "imports are named by their path beside the file that imports them");
  EXPECT_SAYS(wrong(""), "imports are named by their path");
  EXPECT_SAYS(wrong("lib"), "it is a folder");
  std::filesystem::create_symlink("/etc/hostname", program.folder.path("out.nn"));
  EXPECT_SAYS(wrong("out.nn"), "imports stay below the folder of the program");
  EXPECT_SAYS(wrong("lib/points.csv"), "lib/points.csv:1:1: error[E0203]");
  EXPECT_SAYS(program.answer("import std.loses\nfn f(x: f32[B]) = 2 * x\n"), "did you mean 'std.losses'?");
  EXPECT_SAYS(program.answer("import losses\nfn f(x: f32[B]) = 2 * x\n"), "the file's path is wanted here");
}

TEST(Import, RingsAndLongWaysAreRefused) {
  Program program;
  EXPECT_SAYS(program.answer("import \"wrong.nn\"\n"),
              "files import each other in a ring: 'wrong.nn' imports 'wrong.nn'");
  program.folder.write("a.nn", "import \"b.nn\"\n");
  program.folder.write("b.nn", "\nimport \"wrong.nn\"\n");
  EXPECT_SAYS(program.answer("import \"a.nn\"\n"),
              "b.nn:2:8: error[E0211]: files import each other in a ring: 'wrong.nn' imports 'a.nn' imports 'b.nn' "
              "imports 'wrong.nn'");
  for (int i = 0; i < 100; ++i) {
    program.folder.write("n" + std::to_string(i) + ".nn", "import \"n" + std::to_string(i + 1) + ".nn\"\n");
  }
  EXPECT_SAYS(program.answer("import \"n0.nn\"\n"), "more than 64 files are imported: a limit of nnc");
}

TEST(Import, IsReadBesideTheCurrentFolderFromStandardInput) {
  Program program;
  Ended ended = run(program.folder, "train - --steps 1 --out w.safetensors < net.nn");
  EXPECT_SAYS(ended.output, "weights: w.safetensors");
}

}  // namespace
}  // namespace nnc
