// Rows 98–100 of the table of bad inputs, as `--init` meets them.
#include "runtime/weights/weights.h"

#include <gtest/gtest.h>

#include <limits>

#include "runtime/train/session.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

class BadWeights : public ::testing::Test {
 protected:
  BadWeights() {
    options_.file = NNC_SOURCE_DIR "/examples/xor.nn";
    options_.overrides.train["epochs"] = "1";
    TrainRequest request;
    request.out_file = path_;
    Session(options_).train(request);
    weights_ = read_weights(path_);
  }

  /// A run that starts from the weights as they now are; its notes are kept.
  TrainResult train(bool finite = false) {
    write_weights(path_, weights_);
    TrainRequest request;
    request.init_file = path_;
    request.finite = finite;
    request.write_weights = false;
    request.on_note = [&](const std::string& note) { notes_.push_back(note); };
    return Session(options_).train(request);
  }

  TempFolder folder_;
  std::string path_ = folder_.path("w.safetensors");
  SessionOptions options_;
  Weights weights_;
  std::vector<std::string> notes_;
};

TEST_F(BadWeights, Row98NotFiniteIsAWarning) {
  weights_.tensors.at("net.W1").set(3, std::numeric_limits<double>::quiet_NaN());
  weights_.tensors.at("net.b2").set(0, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(train().outcome.end, TrainEnd::not_finite);
  ASSERT_FALSE(notes_.empty());
  const std::string why =
      "\n note: 'net.W1' holds nan at element 3 (from 0)\n note: 'net.b2' holds -inf at element 0 (from 0)";
  EXPECT_EQ(notes_[0], path_ + ": warning: weights that are not finite" + why);
  const Thrown thrown = thrown_by([&] { train(true); });
  EXPECT_EQ(thrown.message, path_ + ": error: weights that are not finite" + why);
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
}

TEST_F(BadWeights, Row98FiniteWeightsGetNoWarning) {
  train(true);
  for (const std::string& note : notes_) EXPECT_EQ(note.find("warning"), std::string::npos) << note;
}

TEST_F(BadWeights, Row99AllDifferencesAtOnce) {
  auto& tensors = weights_.tensors;
  tensors["net.w2"] = tensors.at("net.W2");
  tensors.erase("net.W2");
  tensors["net.old"] = tensors.at("net.b1");
  tensors["optimizer.net.W1.m"] = tensors.at("net.W1");
  tensors["data.xor.x.mean"] = tensors.at("net.b2");
  tensors.at("net.W1").type.shape = {4, 2};
  tensors.at("net.b1").type.element = Element::i32;
  const Thrown thrown = thrown_by([&] { train(); });
  EXPECT_EQ(thrown.message, path_ +
                                ": error: the weights are of another network\n"
                                " note: 'net.W1' is F32[4, 2] in the file, F32[2, 4] in the program\n"
                                " note: 'net.W2' is missing; the program has F32[4, 1] (the file has 'net.w2')\n"
                                " note: 'net.b1' is I32[4] in the file, F32[4] in the program\n"
                                " note: 'net.old' is not in the program\n"
                                " note: 'net.w2' is not in the program");
  EXPECT_EQ(thrown.code, ExitCode::wrong_program);
}

TEST_F(BadWeights, Row100NamesAreEscaped) {
  weights_.tensors["net.a\nb\x1b[31m"] = weights_.tensors.at("net.b1");
  const Thrown thrown = thrown_by([&] { train(); });
  EXPECT_EQ(thrown.message, path_ +
                                ": error: the weights are of another network\n"
                                " note: 'net.a\\x0Ab\\x1B[31m' is not in the program");
}

}  // namespace
}  // namespace nnc
