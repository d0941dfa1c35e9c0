// frozen(f): what is not trained, what is all the same, and an encoder of another network under a new head.
#include <gtest/gtest.h>

#include "frontend/program/functions.h"
#include "runtime/weights/weights.h"
#include "tests/frontend/programs.h"
#include "tests/runtime/program_folder.h"

namespace nnc::test {
namespace {

constexpr const char* kData =
    "data d = table {\n  x: f32[2] = [[1, 0.5], [-1, 0.2], [0.3, -0.8], [-0.6, -0.4]]\n"
    "  y: f32[1] = [[1], [-1], [0.5], [-0.5]]\n}\n"
    "layer encoder()(x: f32[B, 2]) -> f32[B, 3] = x |> dense(3) |> tanh\n";

class Frozen : public ::testing::Test {
 protected:
  Weights train(const std::string& model, const std::string& loss, int steps, const std::string& from = "",
                const std::string& optimizer = "adamw(0.05)") {
    SessionOptions options;
    options.file =
        folder_.write("a.nn", kData + model + "\ntrain { data = d; batch = 4; steps = " + std::to_string(steps) +
                                  "; loss = " + loss + "; optimizer = " + optimizer + " }\n");
    TrainRequest request;
    request.init_file = from;
    request.partial = !from.empty();
    request.out_file = folder_.path("out.safetensors");
    request.on_note = [&](const std::string& note) { notes_ += note + "\n"; };
    Session session(options);
    scores_ = session.train(request).scores;
    return read_weights(request.out_file);
  }

  static bool same(const Weights& a, const Weights& b, const std::string& name) {
    return a.tensors.at(name).numbers() == b.tensors.at(name).numbers();
  }

  TempFolder folder_;
  std::string notes_;
  std::map<std::string, double> scores_;
};

const std::string kTuned = "model net(x: f32[B, 2]) -> f32[B, 1] {\n  enc = encoder()\n  frozen(enc)(x) |> dense(1)\n}";

TEST_F(Frozen, HasNoUpdateAndNoStateOfTheOptimizer) {
  const Weights first = train(kTuned, "mse(net(x), y)", 1), later = train(kTuned, "mse(net(x), y)", 9);
  for (const char* name : {"net.enc.dense_0.W", "net.enc.dense_0.b"}) {
    EXPECT_TRUE(same(first, later, name)) << name;
    EXPECT_FALSE(later.tensors.contains(std::string("optimizer.") + name + ".m")) << name;
  }
  EXPECT_FALSE(same(first, later, "net.dense_0.W"));
  EXPECT_TRUE(later.tensors.contains("optimizer.net.dense_0.W.m"));
}

/// Said of an application, and of nothing else.
TEST_F(Frozen, IsTrainedByWhatElseUsesIt) {
  const std::string model =
      "model net(x: f32[B, 2]) -> f32[B, 1] {\n  enc = encoder()\n  frozen(enc)(x) + enc(-x) |> dense(1)\n}";
  const Weights first = train(model, "mse(net(x), y)", 1), later = train(model, "mse(net(x), y)", 9);
  EXPECT_FALSE(same(first, later, "net.enc.dense_0.W"));
  EXPECT_FALSE(same(train(kTuned, "mse(net(x), y) + l2(net)", 1), train(kTuned, "mse(net(x), y) + l2(net)", 9),
                    "net.enc.dense_0.W"));
}

/// The gradient of a weight that is used twice comes from the application that is not frozen alone.
TEST_F(Frozen, LetsNoGradientIntoItsWeights) {
  auto step = [&](const std::string& value) {
    const std::string model =
        "layer scale()(x: f32[B, 2]) -> f32[B, 2] {\n  param w: f32[2] = ones\n  w * x\n}\n"
        "model net(x: f32[B, 2]) -> f32[B, 2] {\n  s = scale()\n  " +
        value + "\n}";
    return train(model, "mean(net(x))", 1, "", "sgd(1)").tensors.at("net.s.w").numbers();
  };
  const std::vector<double> once = step("s(x)"), both = step("s(x) + frozen(s)(x)"), behind = step("frozen(s)(s(x))"),
                            twice = step("s(x) + s(x)");
  EXPECT_EQ(both, once);
  EXPECT_EQ(behind, once) << "what goes through it is as ever";
  EXPECT_NE(twice, once);
}

TEST_F(Frozen, EverythingIsNothingToTrain) {
  const Thrown thrown = thrown_by([&] { train(kTuned, "mean(frozen(net)(x))", 1); });
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
  EXPECT_NE(thrown.message.find("E0918]: every parameter is frozen: there is nothing to train"), std::string::npos)
      << thrown.message;
}

/// An encoder that learned with one head goes on under another.
TEST_F(Frozen, KeepsAnEncoderOfAnotherNetwork) {
  const Weights first =
      train("model net(x: f32[B, 2]) -> f32[B, 2] {\n  enc = encoder()\n  enc(x) |> dense(2)\n}", "mse(net(x), x)", 50);
  write_weights(folder_.path("first.safetensors"), first);
  notes_.clear();
  const Weights tuned = train(kTuned, "mse(net(x), y)", 100, folder_.path("first.safetensors"));
  for (const char* name : {"net.enc.dense_0.W", "net.enc.dense_0.b"}) EXPECT_TRUE(same(first, tuned, name)) << name;
  EXPECT_LT(scores_.at("train.loss"), 0.05);
  const std::string file = folder_.path("first.safetensors");
  EXPECT_NE(notes_.find(file + ": note: 2 of the network's 4 tensors start from it\n"
                               " note: 'net.dense_0.W' is F32[3, 2] in the file, F32[3, 1] in the program\n"
                               " note: 'net.dense_0.b' is F32[2] in the file, F32[1] in the program\n"),
            std::string::npos)
      << notes_;
  EXPECT_NE(notes_.find("note: --init-partial takes weights only: "), std::string::npos) << notes_;
}

TEST_F(Frozen, APartialStartNeedsATensorInCommon) {
  write_weights(folder_.path("other.safetensors"),
                train("model other(x: f32[B, 2]) -> f32[B, 1] = x |> dense(1)", "mse(other(x), y)", 1));
  const Thrown thrown = thrown_by([&] { train(kTuned, "mse(net(x), y)", 1, folder_.path("other.safetensors")); });
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
  EXPECT_TRUE(thrown.message.starts_with(
      folder_.path("other.safetensors") +
      ": error: no tensor of the weights has the name and the shape of one of the network\n note: "))
      << thrown.message;
}

}  // namespace
}  // namespace nnc::test
