// --init: what it takes of a file, what not, and in which precision.
#include <gtest/gtest.h>

#include <cmath>

#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

class Init : public ::testing::Test {
 protected:
  /// Trains a weight per row with Adam, or from `weights` for one step with a rate of 0; returns what is written.
  Weights train(Element precision, const std::string& weights = "") {
    SessionOptions options;
    options.file = folder_.write("a.nn",
                                 "option lr: f32 = 0.1\n"
                                 "data d = table { x: f32[2] = [[0, 1], [1, 2]]; y: f32 = [1, 2] }\n"
                                 "model net(x: f32[B, 2]) -> f32[B] { param w: f32[2] = ones\n x @ w }\n"
                                 "train { data = d; steps = 3; loss = mse(net(x), y); optimizer = adam(lr) }\n");
    options.overrides.precision = precision;
    TrainRequest request;
    request.init_file = weights;
    request.out_file = folder_.path(weights.empty() ? "first.safetensors" : "second.safetensors");
    request.on_note = [&](const std::string& note) { notes_ += note + "\n"; };
    if (!weights.empty()) {
      options.overrides.options["lr"] = "0";
      options.overrides.train["steps"] = "1";
    }
    Session(options).train(request);
    return read_weights(request.out_file);
  }

  std::string first() const { return folder_.path("first.safetensors"); }

  TempFolder folder_;
  std::string notes_;
};

TEST_F(Init, TakesWeightsOnlyAndSaysSo) {
  train(Element::f32);
  Weights second = train(Element::f32, first());
  EXPECT_NE(notes_.find("note: --init takes weights only: adam(lr) begins anew, at step 1, not after the file's 3\n"),
            std::string::npos)
      << notes_;
  EXPECT_EQ(second.metadata.at("step"), "1");
  EXPECT_EQ(notes_.find("converted"), std::string::npos) << notes_;
}

TEST_F(Init, ConvertsF32AndF64) {
  std::vector<double> narrow = train(Element::f32).tensors.at("net.w").numbers();
  Weights wide = train(Element::f64, first());
  EXPECT_EQ(wide.tensors.at("net.w").type.element, Element::f64);
  EXPECT_EQ(wide.tensors.at("net.w").numbers(), narrow) << "every f32 is a f64";
  EXPECT_NE(notes_.find("first.safetensors: note: its f32 weights are converted to f64\n"), std::string::npos)
      << notes_;

  std::vector<double> exact = train(Element::f64).tensors.at("net.w").numbers();
  Weights rounded = train(Element::f32, first());
  EXPECT_EQ(rounded.tensors.at("net.w").type.element, Element::f32);
  EXPECT_NE(notes_.find("note: its f64 weights are converted to f32\n"), std::string::npos) << notes_;
  const std::vector<double> found = rounded.tensors.at("net.w").numbers();
  for (size_t i = 0; i < exact.size(); ++i) {
    EXPECT_EQ(found[i], static_cast<double>(static_cast<float>(exact[i])));
    EXPECT_NE(found[i], exact[i]);
  }
}

TEST_F(Init, RefusesWhatF32CannotHold) {
  Weights weights = train(Element::f64);
  weights.tensors.at("net.w").set(1, -1e39);
  write_weights(first(), weights);
  Thrown thrown = thrown_by([&] { train(Element::f32, first()); });
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
  EXPECT_EQ(thrown.message, first() +
                                ": error: weights that are too large for f32, the precision of the program\n"
                                " note: 'net.w' holds -1e+39 at element 1 (from 0)");
  EXPECT_EQ(train(Element::f64, first()).tensors.at("net.w").number(1), -1e39);
  weights.tensors.at("net.w").set(1, 3.4028235e38);  // the largest
  write_weights(first(), weights);
  EXPECT_EQ(thrown_by([&] { train(Element::f32, first()); }).message, "");
}

}  // namespace
}  // namespace nnc
