// `balanced(d.y)`: weights of the classes of the train split, in training and where its weights are evaluated.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "runtime/predict/evaluation.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

/// Ten rows, of which the first eight are trained on: five of cat, two of dog, one of owl.
std::string program(const std::string& weights, const std::string& classes = "3") {
  const std::string size = classes == "3" ? "3" : "d." + classes;
  return fmt::format(R"(
data d = csv("d.csv", split: {{train: 0.8, valid: 0.2}}) {{
  x: f32[2] = columns("a", "b")
  y: class({}) = column("kind")
}}
model net(x: f32[B, 2]) -> logit[B, {}] = x |> dense({})
train {{
  data = d.train;  valid = d.valid;  batch = 3;  epochs = 2;  seed = 4
  loss = cross_entropy(net(x), y, weights: {})
}}
)",
                     classes, size, size, weights);
}
const std::string kRows =
    "a,b,kind\n1,2,cat\n2,1,dog\n3,1,cat\n0,1,cat\n1,1,owl\n2,2,cat\n4,1,dog\n1,0,cat\n1,3,owl\n2,3,cat\n";

Session session(TempFolder& folder, const std::string& text, const std::string& rows = kRows) {
  folder.write("d.csv", rows);
  SessionOptions options;
  options.file = folder.write("a.nn", text);
  options.overrides.precision = Element::f64;
  return Session(std::move(options));
}

std::map<std::string, double> scores(const std::string& weights, const std::string& classes = "3") {
  TempFolder folder;
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  return session(folder, program(weights, classes)).train(request).scores;
}

TEST(Balanced, WeighsClassesByTheirLabelsInTheTrainSplit) {
  const auto wanted = scores("[8 / 15, 8 / 6, 8 / 3]"), found = scores("balanced(d.y)");
  const auto counted = scores("balanced(d.y)", "K");
  ASSERT_EQ(found.size(), wanted.size());
  for (const auto& [name, value] : wanted) {
    EXPECT_NEAR(found.at(name), value, 1e-14) << name;
    EXPECT_NEAR(counted.at(name), value, 1e-14) << name;
  }
}

TEST(Balanced, AnEvaluationTakesTheWeightsOfTheTraining) {
  TempFolder folder;
  TrainRequest train;
  train.out_file = folder.path("w.safetensors");
  const double loss = session(folder, program("balanced(d.y)")).train(train).scores.at("valid.loss");
  // Other rows to train on, which an evaluation does not see.
  folder.write("d.csv", "a,b,kind\n" +
                            std::string("1,2,owl\n2,1,dog\n3,1,cat\n0,1,owl\n1,1,owl\n2,2,cat\n4,1,dog\n1,0,cat\n") +
                            "1,3,owl\n2,3,cat\n");
  SessionOptions options;
  options.file = folder.path("a.nn");
  EvaluateRequest request;
  request.weights_file = train.out_file;
  request.split = "valid";
  EXPECT_NEAR(evaluate(options, request).scores.at("loss"), loss, 1e-14);
}

std::string refusal(const std::string& text, const std::string& rows = kRows) {
  TempFolder folder;
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  try {
    session(folder, text, rows).train(request);
  } catch (const Failure& failure) {
    return failure.what();
  }
  return "";
}

TEST(Balanced, IsOfClassesThatTheTrainSplitHas) {
  EXPECT_NE(refusal(program("balanced(d.x)")).find("'d.x' is f32[2]"), std::string::npos)
      << refusal(program("balanced(d.x)"));
  EXPECT_NE(refusal(program("balanced(y)")).find("as in balanced(iris.y)"), std::string::npos);
  const std::string numbers = "a,b,kind\n1,2,0\n2,1,2\n3,1,0\n0,1,0\n1,1,0\n2,2,2\n1,1,0\n2,2,2\n1,3,0\n2,3,2\n";
  const std::string none = refusal(program("balanced(d.y)"), numbers);
  EXPECT_NE(none.find("none of class 1 of 'd.y'"), std::string::npos) << none;
}

}  // namespace
}  // namespace nnc
