// One training step by hand (B1 to B5), to eight digits in f64 and 1e-6 in f32.
#include <cmath>

#include "runtime/explain/gradient_check.h"
#include "tests/lectures/lecture.h"

namespace nnc::test {
namespace {

constexpr double kWeightsAfter[] = {0.29959556, 0.24919112, 0.39964496, 0.34928991,
                                    0.43703857, 0.38685205, 0.69629578, 0.59624247};

TEST(ByHand, B1ForwardAndBackward) {
  for (Element precision : {Element::f64, Element::f32}) {
    const double bound = precision == Element::f64 ? 6e-9 : 1e-6;
    Lecture step("b1_step_by_hand.nn", "", {}, precision);
    EXPECT_NEAR(step.value("h1"), 0.51998934, bound);
    EXPECT_NEAR(step.value("h2"), 0.52747230, bound);
    EXPECT_NEAR(step.value("o1"), 0.60944600, bound);
    EXPECT_NEAR(step.value("o2"), 0.66384491, bound);
    EXPECT_NEAR(step.value(), 0.02397190, bound);
    EXPECT_NEAR(step.gradient("error.w5"), 0.02592286, bound);
  }
}

TEST(ByHand, B1WeightsAndLossAfterOneStep) {
  for (Element precision : {Element::f64, Element::f32}) {
    const double bound = precision == Element::f64 ? 6e-9 : 1e-6;
    auto weights = trained_weights(training("b1_step_by_hand.nn", precision));
    for (int i = 0; i < 8; ++i) {
      EXPECT_NEAR(weights.at("error.w" + std::to_string(i + 1)).number(0), kWeightsAfter[i], bound) << i + 1;
    }
    SessionOptions second = training("b1_step_by_hand.nn", precision);
    second.overrides.train["epochs"] = "2";  // the second step's loss is that of the weights after the first
    EXPECT_NEAR(train_file(second).scores.at("train.loss"), 0.02323634, bound);
  }
}

TEST(ByHand, B2DerivativesOfActivationsOnAGrid) {
  for (int i = -8; i <= 8; ++i) {
    const double x = i * 0.5 + 0.01;
    const std::string text = std::to_string(x);
    auto slope = [&](const char* function) {
      return Lecture("b2_activations.nn", function, {{"x", text}}).gradient("x");
    };
    const double y = 1 / (1 + std::exp(-x));
    EXPECT_NEAR(slope("squash"), y * (1 - y), 1e-12);
    EXPECT_LE(slope("squash"), 0.25);
    EXPECT_NEAR(slope("hyperbolic"), 1 - std::tanh(x) * std::tanh(x), 1e-12);
    EXPECT_EQ(slope("rectified"), x > 0 ? 1 : 0);
    EXPECT_NEAR(slope("leaky"), x > 0 ? 1 : 0.01, 1e-12);
    EXPECT_NEAR(slope("exponential"), x > 0 ? 1 : std::exp(x), 1e-12);
  }
}

TEST(ByHand, B2LearnedActivationsHaveRightGradientsAndLearn) {
  for (const GradientReport& report : check_gradients(training("b2_learned.nn"))) EXPECT_TRUE(report.agrees());
  EXPECT_LT(train_file(training("b2_learned.nn", Element::f32)).scores.at("train.loss"), 0.01);
}

TEST(ByHand, B2CrossEntropyOfASigmoidIsDifferenceTimesInput) {
  for (double t : {0.0, 0.3, 1.0}) {
    Lecture loss("b2_activations.nn", "loss", {{"t", std::to_string(t)}});
    const double p = 1 / (1 + std::exp(-0.7 * 1.5));
    EXPECT_NEAR(loss.gradient("w"), (p - t) * 1.5, 1e-12);
  }
}

TEST(ByHand, B3GradientsOfAnAffineLayer) {
  const Given one = {{"x", "[[1, 2]]"}, {"w", "[[1, 2, 3], [4, 5, 6]]"}, {"b", "[1, 0, -1]"}};
  Lecture layer("b3_affine.nn", "affine", one);
  EXPECT_EQ(layer.backward.value("").numbers(), (std::vector<double>{10, 12, 14}));
  // The seed is all ones: dX = dY W^T sums the rows of W, dW = X^T dY repeats x down its columns.
  EXPECT_EQ(layer.backward.gradient("x").numbers(), (std::vector<double>{6, 15}));
  EXPECT_EQ(layer.backward.gradient("w").numbers(), (std::vector<double>{1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(layer.backward.gradient("b").numbers(), (std::vector<double>{1, 1, 1}));
  Given many = one;
  many["x"] = "[[1, 2], [3, 4], [5, 6]]";
  Lecture rows("b3_affine.nn", "affine", many);
  EXPECT_EQ(rows.backward.gradient("x").type.shape.size(), 2U);
  EXPECT_EQ(rows.backward.gradient("w").numbers(), (std::vector<double>{9, 9, 9, 12, 12, 12}));
  EXPECT_EQ(rows.backward.gradient("b").numbers(), (std::vector<double>{3, 3, 3}));
}

TEST(ByHand, B4SoftmaxAndCrossEntropy) {
  const std::vector<double> p = results("b4_softmax.nn", "probabilities", {{"x", "[0.3, 2.9, 4.0]"}})[0];
  const std::vector<double> shifted = results("b4_softmax.nn", "probabilities", {{"x", "[1000.3, 1002.9, 1004]"}})[0];
  double sum = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    EXPECT_NEAR(p[i], shifted[i], 1e-12);
    sum += p[i];
  }
  EXPECT_NEAR(sum, 1, 1e-15);
  Lecture loss("b4_softmax.nn", "loss", {{"x", "[[0.3, 2.9, 4.0]]"}, {"t", "[1]"}});
  for (size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(loss.gradient("x", static_cast<int64_t>(i)), p[i] - (i == 1 ? 1 : 0), 1e-14);
  EXPECT_NEAR(results("b4_softmax.nn", "information")[0][0], 0.1054, 5e-5);
  EXPECT_NEAR(results("b4_softmax.nn", "information", {{"p", "0.1"}})[0][0], 2.3026, 5e-5);
  EXPECT_NEAR(results("b4_softmax.nn", "entropy", {{"p", "[0.5, 0.5]"}})[0][0], 0.6931, 5e-5);
}

TEST(ByHand, B5DescendingSolvesTwoEquations) {
  auto weights = trained_weights(training("b5_solve.nn"));
  EXPECT_NEAR(weights.at("side.X").number(0), 500, 1e-3);
  EXPECT_NEAR(weights.at("side.Y").number(0), 600, 1e-3);
}

}  // namespace
}  // namespace nnc::test
