// Computation graphs (G1 to G8): values forward, gradients backward, to the digits of the course.
#include <cmath>

#include "tests/lectures/lecture.h"

namespace nnc::test {
namespace {

/// Value and gradients at both precisions: exact to the printed digits in f64, to 1e-6 of each number in f32.
void expect_digits(const std::string& file, double value, const std::map<std::string, double>& gradients,
                   double digits = 1e-9) {
  for (Element precision : {Element::f64, Element::f32}) {
    Lecture lecture(file, "", {}, precision);
    const double bound = precision == Element::f64 ? digits : 1e-6;
    EXPECT_NEAR(lecture.value(), value, bound * std::max(1.0, std::abs(value))) << file;
    for (const auto& [name, gradient] : gradients) {
      EXPECT_NEAR(lecture.gradient(name), gradient, bound * std::max(1.0, std::abs(gradient))) << file << ' ' << name;
    }
  }
}

TEST(Graphs, G1TwoApples) { expect_digits("g1_apples.nn", 220, {{"price", 2.2}, {"count", 110}, {"tax", 200}}); }

TEST(Graphs, G2ApplesAndOranges) {
  expect_digits("g2_fruit.nn", 715, {{"apple", 2.2}, {"apples", 110}, {"orange", 3.3}, {"oranges", 165}, {"tax", 650}});
}

TEST(Graphs, G3Cafe) {
  expect_digits("g3_cafe.nn", 3'190'000, {{"machine", 2.2}, {"tables", 55'000}, {"tax", 2'900'000}});
}

TEST(Graphs, G4PlusThenTimes) { expect_digits("g4_plus_times.nn", -12, {{"x", -4}, {"y", -4}, {"z", 3}}); }

TEST(Graphs, G5Neuron) {
  expect_digits("g5_neuron.nn", 0.73105858,
                {{"w0", -0.19661193}, {"x0", 0.39322387}, {"w1", -0.39322387}, {"x1", -0.58983580}, {"w2", 0.19661193}},
                6e-9);
}

TEST(Graphs, G6EveryNodeKnowsItsOwnDerivative) {
  struct Node {
    const char* function;
    double value;
    std::map<std::string, double> gradients;
  };
  const double e2 = std::exp(2.0);
  for (const Node& node : {Node{"plus", 7, {{"x", 1}, {"y", 1}}}, Node{"times", 12, {{"x", 4}, {"y", 3}}},
                           Node{"larger", 4, {{"x", 0}, {"y", 1}}}, Node{"exponential", e2, {{"x", e2}}},
                           Node{"reciprocal", 0.25, {{"x", -0.0625}}}, Node{"square", 9, {{"x", 6}}}}) {
    Lecture lecture("g6_nodes.nn", node.function);
    EXPECT_NEAR(lecture.value(), node.value, 1e-12) << node.function;
    for (const auto& [name, gradient] : node.gradients) {
      EXPECT_NEAR(lecture.gradient(name), gradient, 1e-12) << node.function << ' ' << name;
    }
  }
}

TEST(Graphs, G7MeasuredSlopesAgreeWithDerivatives) {
  Lecture f("g7_slope.nn", "f");
  EXPECT_EQ(f.value(), 4);
  EXPECT_NEAR(f.gradient("x"), results("g7_slope.nn", "slope_f")[0][0], 1e-9);
  Lecture g("g7_slope.nn", "g");
  EXPECT_EQ(g.value(), 10);
  EXPECT_EQ(g.gradient("x0"), 2);
  EXPECT_EQ(g.gradient("x1"), 6);
  EXPECT_NEAR(results("g7_slope.nn", "slope_g0")[0][0], 2, 1e-9);
  EXPECT_NEAR(results("g7_slope.nn", "slope_g1")[0][0], 6, 1e-9);
}

TEST(Graphs, G8ChainRuleAgreesWithDifferences) {
  Lecture chain("g8_chain.nn", "loss");
  for (const char* name : {"w1", "w2"}) {
    const double at = chain.value(name), h = 1e-5;
    auto loss = [&](double weight) { return results("g8_chain.nn", "loss", {{name, std::to_string(weight)}})[0][0]; };
    EXPECT_NEAR(chain.gradient(name), (loss(at + h) - loss(at - h)) / (2 * h), 1e-8) << name;
  }
  const double h2 = 1 / (1 + std::exp(-1.2));
  EXPECT_NEAR(chain.gradient("w2"), h2, 1e-14);
  EXPECT_NEAR(chain.gradient("w1"), -0.5 * h2 * (1 - h2) * 1.5, 1e-14);
}

}  // namespace
}  // namespace nnc::test
