// check --gradients: what agrees, and the name of the op whose rule is wrong.
#include "runtime/explain/gradient_check.h"

#include <gtest/gtest.h>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

/// tanh with a rule that forgets the square: not in the table of ops, so that only this test knows it.
Op wrong_tanh() {
  Op wrong = op("tanh");
  wrong.vjp = [](const Vjp& v) -> Gradients { return {v.dout * (1.0 - v.out)}; };
  return wrong;
}

Calculation small_network(const Op& activation) {
  Calculation calculation;
  calculation.round = false;
  calculation.title = "loss";
  Graph& graph = calculation.graph;
  graph.current_origin = {"net.nn", 3, 7, ""};
  Value w = variable(graph, "net.w", Type(Element::f64, {3}));
  Value x = input(graph, InputRole::column, "column.d.x", Type(Element::f64, {3}));
  Value product = w * x;
  graph.current_origin = {"net.nn", 4, 9, "squash"};
  std::vector<Value> operands{product};
  Value squashed = graph.add(activation, operands);
  graph.current_origin = {"net.nn", 5, 1, ""};
  std::vector<int64_t> axes{0};
  graph.results = {{ResultKind::loss, "loss", reduce_sum(squashed * squashed, axes).id}};
  calculation.labels = {"loss"};
  calculation.inputs["net.w"] = {Type(Element::f64, {3}), {0.3, -0.8, 1.2}};
  calculation.inputs["column.d.x"] = {Type(Element::f64, {3}), {1, 0.5, -0.7}};
  return calculation;
}

TEST(GradientCheck, AgreesWhereTheRulesAreRight) {
  GradientReport report = check_gradients(small_network(op("tanh")), 1);
  ASSERT_EQ(report.gradients.size(), 1U);
  EXPECT_TRUE(report.agrees());
  EXPECT_LT(report.gradients[0].worst.relative_error, 1e-7);
}

TEST(GradientCheck, NamesTheOpWhoseRuleIsWrongAndItsLine) {
  Op wrong = wrong_tanh();
  GradientReport report = check_gradients(small_network(wrong), 1);
  EXPECT_FALSE(report.agrees());
  EXPECT_FALSE(report.gradients.at(0).worst.agrees);
  ASSERT_EQ(report.causes.size(), 1U) << report_text("net.nn", report);
  EXPECT_TRUE(report.causes[0].starts_with("net.nn:4:9: 'tanh' within 'squash'")) << report.causes[0];
  EXPECT_NE(report_text("net.nn", report).find("WRONG"), std::string::npos);
}

std::vector<GradientReport> check_source(const std::string& source) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("a.nn", source);
  return check_gradients(options);
}

/// Six weights that start at the kinks of as many relus, whose slopes add up with both signs.
TEST(GradientCheck, WeightsThatStartAtKinksAreMoved) {
  auto reports = check_source(R"(
data d = table { x: f32[6] = [[1, -1, 2, -3, 1, -2], [2, -1, 1, -2, 3, -1]]; y: f32 = [1, 2] }
model net(x: f32[B, 6]) -> f32[B] {
  param w: f32[6] = zeros
  sum(relu(w) * x, over: 1)
}
train { data = d;  batch = 2;  loss = mse(net(x), y) }
)");
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(reports[0].agrees()) << report_text("a.nn", reports[0]);
  EXPECT_NE(reports[0].title.find("a little beside the start weights"), std::string::npos) << reports[0].title;
}

TEST(GradientCheck, EveryParameterOfANetworkAgrees) {
  SessionOptions options;
  options.file = NNC_SOURCE_DIR "/examples/xor.nn";
  std::vector<GradientReport> reports = check_gradients(options);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].gradients.size(), 4U);
  EXPECT_TRUE(reports[0].agrees()) << report_text("xor.nn", reports[0]);
}

TEST(GradientCheck, AKinkIsNoMistake) {
  for (const char* body : {"relu(x)", "abs(x)", "max(x, 0)", "leaky_relu(x)"}) {
    std::vector<GradientReport> reports = check_source(std::string("fn f(x: f32 = 0) -> f32 = ") + body + "\n");
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_TRUE(reports[0].agrees()) << body << report_text("a.nn", reports[0]);
  }
}

TEST(GradientCheck, ComparesGradientsOfWhatAProgramDifferentiates) {
  const auto reports = check_source("fn f(x: f32 = 2) -> f32 = grad(cube)(x) + x\nfn cube(x: f32) -> f32 = x^3\n");
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_TRUE(reports[0].agrees()) << report_text("a.nn", reports[0]);
}

TEST(GradientCheck, WhatCutsThePathByDefinitionIsNamed) {
  std::vector<GradientReport> reports = check_source("fn f(x: f32 = 2) -> f32 = x * stop_gradient(x)\n");
  ASSERT_EQ(reports.size(), 1U);
  ASSERT_EQ(reports[0].causes.size(), 1U);
  EXPECT_NE(reports[0].causes[0].find("'stop_gradient'"), std::string::npos) << reports[0].causes[0];
  EXPECT_NE(reports[0].causes[0].find("by definition"), std::string::npos) << reports[0].causes[0];
}

TEST(GradientCheck, AGradientOfTheProgramsOwnIsComparedWithTheDerivative) {
  const std::string value = "fn f(x: f32 = 2) -> f32 = cube(x)\nfn cube(x: f32) -> f32 = x^3\n";
  EXPECT_TRUE(check_source(value + "grad(dy) { dx = 3 * dy * x^2 }\n")[0].agrees());
  std::vector<GradientReport> reports = check_source(value + "grad(dy) { dx = 3 * dy * x }\n");
  ASSERT_EQ(reports[0].causes.size(), 1U);
  EXPECT_TRUE(
      reports[0].causes[0].ends_with("a.nn:3:1: the gradient 'dx' of 'cube' is not its derivative: it gives "
                                     "6, where the compiler's own derivative gives 12 and differences 12"))
      << reports[0].causes[0];
}

/// Where an operation cuts the value's path there is nothing to compare with.
TEST(GradientCheck, AGradientMayStandForOneThatIsCut) {
  for (const char* value : {"floor(x + 0.5)", "stop_gradient(x)", "where(x > 0, 1, 0)"}) {
    const auto reports =
        check_source("fn f(x: f32 = 2.2) -> f32 = own(x)\nfn own(x: f32) -> f32 = " + std::string(value) +
                     "\ngrad(dy) { dx = dy }\n");
    for (const std::string& cause : reports[0].causes) {
      EXPECT_EQ(cause.find("is not its derivative"), std::string::npos) << cause;
    }
  }
}

}  // namespace
}  // namespace nnc
