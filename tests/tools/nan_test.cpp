// The sign of a NaN says nothing, and the processor sets it: "nan" is printed, wherever a number is.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

constexpr const char* kProgram = R"(option scale: f32 = 1
data d = table {
  x: f32[1] = [[0], [1], [2]]
  y: f32[1] = [[0], [1], [2]]
}
metric broken(p: f32[..S], t: f32[..S]) {
  total s = 0 * sum(p)
  s / s
}
model net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1)
train {
  data = d;  valid = d;  epochs = 2;  eval = true
  loss = mse(net(x), y)
  metrics = {broken: broken(net(x), y)}
}
expect train.broken < 1
export fn predict(x: f32[B, 1]) -> f32[B, 1] = (x - x) / (net(x) - net(x))
fn quotient(x: f32 = 0) -> f32 = x / x
fn wide(x: f64 = 0) -> f64 = x / x
fn root(x: f32 = -1) -> f32 = sqrt(x) - x
)";

TEST(Nan, IsPrintedWithoutASign) {
  TempFolder folder;
  folder.write("p.nn", kProgram);
  folder.write("in.csv", "x\n0\n1\n");
  const std::vector<std::string> commands{"train p.nn --log steps.csv",
                                          "train p.nn --seeds 2 --precision f64 --out s.safetensors",
                                          "test p.nn",
                                          "eval p.nn p.safetensors",
                                          "predict p.nn p.safetensors in.csv",
                                          "predict p.nn s.seed0.safetensors in.csv",
                                          "run p.nn quotient",
                                          "run p.nn wide",
                                          "run p.nn root",
                                          "run p.nn quotient --x nan",
                                          "run p.nn quotient --x=-nan",
                                          "explain p.nn quotient",
                                          "explain p.nn root --svg root.svg"};
  for (const std::string& command : commands) {
    for (const char* interpreted : {"", " --interp"}) {
      if (*interpreted != '\0' && !command.starts_with("train")) continue;
      Ended ended = run(folder, command + interpreted + (command.starts_with("train") ? " --force" : ""));
      EXPECT_TRUE(says(ended, "nan")) << command << ": " << ended.output;
      EXPECT_FALSE(says(ended, "-nan")) << command << ": " << ended.output;
    }
  }
  Ended json = run(folder, "eval p.nn p.safetensors --json");
  EXPECT_TRUE(says(json, "\"broken\": null")) << json.output;
  for (const char* file : {"p.history.csv", "steps.csv", "root.svg"}) {
    std::ifstream stream(folder.path(file));
    std::stringstream text;
    text << stream.rdbuf();
    EXPECT_FALSE(text.str().empty()) << file;
    EXPECT_EQ(text.str().find("-nan"), std::string::npos) << file << ": " << text.str();
  }
}

// The loss stops a training that is not finite; a metric says so once.
TEST(Nan, AMetricThatAloneIsNanIsWarnedOfOnce) {
  TempFolder folder;
  std::string program = kProgram;
  auto trained = [&](const std::string& written, const std::string& instead) {
    if (size_t at = program.find(written); at != std::string::npos) program.replace(at, written.size(), instead);
    folder.write("p.nn", program);
    return run(folder, "train p.nn --force").output;
  };
  std::string output = trained("", "");
  EXPECT_EQ(count(output, "warning: "), 1) << output;
  EXPECT_TRUE(output.find("warning: valid.broken of epoch 1 is not finite, while the loss is\n help: ") !=
              std::string::npos)
      << output;
  output = trained("eval = true", "eval = false");
  EXPECT_EQ(count(output, "warning: train.broken, valid.broken of epoch 1 are not finite"), 1) << output;
  EXPECT_EQ(count(output, "warning: "), 1) << output;
  output = trained("valid = d;  epochs = 2;  eval = false", "epochs = 2;  eval = true");
  EXPECT_EQ(count(output, "warning: train.broken is not finite"), 1) << "of the end alone: " << output;
  output = trained("s / s", "s");
  EXPECT_EQ(count(output, "warning: "), 0) << output;
}

TEST(Nan, OfAProgramsNumbersHasNoSignEither) {
  TempFolder folder;
  folder.write("p.nn",
               "data d = table { x: f32[1] = [[0], [1]]\n y: f32[1] = [[0], [1]] }\n"
               "model net(x: f32[B, 1]) -> f32[B, 1] = x |> dense(1)\n"
               "train { data = d; batch = sqrt(-1)\n loss = mse(net(x), y)\n optimizer = sgd(log(-1)) }\n");
  Ended ended = run(folder, "check p.nn");
  EXPECT_TRUE(says(ended, "this is nan")) << ended.output;
  EXPECT_FALSE(says(ended, "-nan")) << ended.output;
}

}  // namespace
}  // namespace nnc
