// Perceptrons and gates (P1 to P5).
#include "tests/lectures/lecture.h"

namespace nnc::test {
namespace {

const Given kTable = {{"x1", "[0, 0, 1, 1]"}, {"x2", "[0, 1, 0, 1]"}};
using Rows = std::vector<double>;

TEST(Perceptrons, P1GatesHaveTheirTables) {
  EXPECT_EQ(results("p1_gates.nn", "and_gate", kTable)[0], (Rows{0, 0, 0, 1}));
  EXPECT_EQ(results("p1_gates.nn", "or_gate", kTable)[0], (Rows{0, 1, 1, 1}));
  EXPECT_EQ(results("p1_gates.nn", "nand_gate", kTable)[0], (Rows{1, 1, 1, 0}));
}

TEST(Perceptrons, P2XorIsAndOfNandAndOr) {
  EXPECT_EQ(results("p2_xor.nn", "xor_gate", kTable), (std::vector<Rows>{{1, 1, 1, 0}, {0, 1, 1, 1}, {0, 1, 1, 0}}));
}

TEST(Perceptrons, P3OneUnitLearnsEveryGateButXor) {
  for (int gate = 0; gate < 4; ++gate) {
    SessionOptions options = training("p3_one_unit.nn", Element::f32);
    options.overrides.options["gate"] = std::to_string(gate);
    const double accuracy = train_file(options).scores.at("train.accuracy");
    if (gate < 3) {
      EXPECT_EQ(accuracy, 1) << "gate " << gate;
    } else {
      EXPECT_LE(accuracy, 0.75) << "XOR is not linearly separable";
    }
  }
}

TEST(Perceptrons, P4XorConvergesForTwentySeeds) {
  int64_t parameters = 0;
  int converged = 0;
  for (int seed = 0; seed < 20; ++seed) {
    SessionOptions options = training("p4_xor.nn", Element::f32);
    options.overrides.train["seed"] = std::to_string(seed);
    if (seed == 0) {
      for (const auto& [path, tensor] : trained_weights(options)) {
        if (path.starts_with("net.")) parameters += tensor.count();
      }
    }
    TrainResult result = train_file(options);
    if (result.scores.at("train.accuracy") == 1 && result.scores.at("train.loss") < 0.01) ++converged;
  }
  EXPECT_EQ(parameters, 12 + 25 + 6);
  EXPECT_EQ(converged, 20);
}

TEST(Perceptrons, P5LinearLayersAreOneMatrix) {
  const Given layers = {{"x", "[[1, 2], [3, -1]]"},
                        {"a", "[[1, 0, 2], [-1, 3, 1]]"},
                        {"b", "[[2, 1], [0, -1], [1, 4]]"},
                        {"c", "[[1, -2, 0], [3, 1, 1]]"}};
  EXPECT_EQ(results("p5_linear.nn", "deep", layers), results("p5_linear.nn", "flat", layers));
}

}  // namespace
}  // namespace nnc::test
