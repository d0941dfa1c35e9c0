// Numbers of the data stay doubles until a field's value is complete, in training, evaluation and prediction alike.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>

#include "tests/tools/run_nnc.h"

namespace nnc {
namespace {

std::string seconds() {
  std::string text = "t,y\n";
  for (int i = 0; i < 12; ++i) text += fmt::format("{},{}\n", 1700000000 + 20 * i, i);
  return text;
}

/// A program over Unix seconds whose exported function takes them as told.
std::string program(const std::string& argument, const std::string& field = "standardize(column(\"t\"))") {
  return "data d = csv(\"d.csv\") {\n  t: f32 = " + field +
         "\n  y: f32 = column(\"y\")\n}\n"
         "model net(t: f32[B]) -> f32[B] {\n  param w: f32 = 3\n  param b: f32 = 1\n  w * t + b\n}\n"
         "train { data = d; batch = 4; epochs = 20; loss = mse(net(t), y); optimizer = sgd(0.1) }\n"
         "export fn predict(t: " +
         argument + ") -> f32[B] = net(d.t(t))\n";
}

TEST(DoubleFields, UnixSecondsAreTrainedOnAndPredictedFor) {
  TempFolder folder;
  folder.write("d.csv", seconds());
  for (const char* argument : {"f64[B]", "f32[B]"}) {
    folder.write("p.nn", program(argument));
    Ended trained = run(folder, "train p.nn --force");
    ASSERT_EQ(trained.code, 0) << trained.output;
    const bool narrow = std::string(argument) == "f32[B]";
    const std::string warning =
        "p.nn:11:22: warning: 't' is f32, which holds numbers near 1700000110 to the nearest 128 only: too coarse for "
        "'data.d.t.mean', which is 1700000110, with data.d.t.deviation ";
    EXPECT_EQ(says(trained, warning), narrow) << trained.output;
    EXPECT_EQ(says(trained, " help: t: f64[B]\n"), narrow) << trained.output;
    Ended predicted = run(folder, "predict p.nn p.safetensors d.csv 2>/dev/null");
    EXPECT_EQ(predicted.output.substr(0, 8), "predict\n");
    // Of a file the numbers are read as they are: the model after its fields and the function agree bit for bit.
    Ended of_model = run(folder, "predict p.nn p.safetensors d.csv --fn predict 2>/dev/null");
    EXPECT_EQ(of_model.output, predicted.output);
    EXPECT_EQ(count(predicted.output, "\n"), 13);
    EXPECT_TRUE(says(predicted, "\n0.")) << predicted.output;
    EXPECT_TRUE(says(predicted, "\n10.")) << predicted.output;
    EXPECT_EQ(says(run(folder, "predict p.nn p.safetensors d.csv"), warning), narrow);
  }
}

TEST(DoubleFields, PredictAndEvalAgreeOnEachRow) {
  TempFolder folder;
  folder.write("d.csv", "a,b,t\n0.1,1e-3,1700000000\n0.7,3,1700000021\n1e6,0.3,1700000047\n-0.2,7,1700000113\n");
  const std::string fields =
      "data d = csv(\"d.csv\") {\n  x: f32[4] = concat(standardize(columns(\"a\", \"b\") / 3), "
      "minmax(columns(\"t\", \"b\")))\n"
      "  y: f32 = column(\"a\")\n}\nmodel net(x: f32[B, 4]) -> f32[B] = x |> dense(4) |> tanh |> dense(1) |> squeeze\n"
      "train { data = d; epochs = 3; loss = mse(net(x), y); optimizer = sgd(1e-9)\n"
      "  metrics = {sum: mean(net(x))} }\n"
      "export fn wide(a: f64[B, 2], t: f64[B, 2]) -> f32[B] = net(d.x(a, t))\n"
      "export fn narrow(a: f32[B, 2], t: f32[B, 2]) -> f32[B] = net(d.x(a, t))\n";
  folder.write("p.nn", fields);
  ASSERT_EQ(run(folder, "train p.nn").code, 0);
  for (const char* row : {"0.1,1e-3,1700000000", "0.7,3,1700000021", "1e6,0.3,1700000047", "-0.2,7,1700000113"}) {
    folder.write("row.csv", std::string("a,b,t\n") + row + "\n");
    std::string of_model = run(folder, "predict p.nn p.safetensors row.csv 2>/dev/null").output;
    of_model = of_model.substr(of_model.find('\n') + 1);
    for (const char* function : {"wide", "narrow"}) {
      std::string found =
          run(folder, fmt::format("predict p.nn p.safetensors row.csv --fn {} 2>/dev/null", function)).output;
      EXPECT_EQ(found.substr(found.find('\n') + 1), of_model) << function << row;
    }
    const float predicted = std::stof(of_model);
    Ended evaluated = run(folder, "eval p.nn p.safetensors row.csv");
    EXPECT_TRUE(says(evaluated, fmt::format("sum        {:.6g}\n", predicted))) << evaluated.output << of_model;
  }
}

TEST(DoubleFields, WorkInEveryPrecisionAndTier) {
  TempFolder folder;
  folder.write("d.csv", seconds());
  folder.write("p.nn", program("f64[B]"));
  for (const char* flags : {"", " --interp", " --precision f64", " --precision f64 --interp"}) {
    Ended ended = run(folder, fmt::format("train p.nn --force{}", flags));
    EXPECT_EQ(ended.code, 0) << flags << ended.output;
    Ended evaluated = run(folder, "eval p.nn p.safetensors d.csv");
    EXPECT_EQ(evaluated.code, 0) << flags << evaluated.output;
  }
}

}  // namespace
}  // namespace nnc
