// Every op, from its record: nothing here knows an op by name, but for the few sets that are lists of exceptions.

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "ir/graph/op.h"
#include "ir/graph/samples.h"
#include "ir/print/text.h"
#include "ir/scalar/math_function.h"
#include "ir/verify/verify.h"
#include "tests/fuzz/random_graph.h"
#include "tests/ir/derivative_check.h"

namespace nnc {
namespace {

class EachOp : public testing::TestWithParam<size_t> {
 protected:
  const Op& record() const { return all_ops()[GetParam()]; }
  std::vector<Graph> samples(Element element = Element::f32) const {
    std::vector<Graph> graphs;
    for (const std::string& text : sample_graphs(record(), element)) graphs.push_back(parse_graph(text, "sample"));
    return graphs;
  }
};

TEST_P(EachOp, IsComplete) {
  EXPECT_FALSE(record().name.empty());
  EXPECT_FALSE(record().summary.empty());
  EXPECT_FALSE(record().derivative.empty()) << record().name;
  EXPECT_NE(record().infer, nullptr);
  EXPECT_FALSE(sample_graphs(record()).empty()) << record().name << " has no samples";
  bool replaced = record().op_class == OpClass::leaf || record().op_class == OpClass::gradient;
  if (record().differentiable && !replaced) {
    EXPECT_NE(record().vjp, nullptr) << record().name << " has no derivative";
  }
  EXPECT_EQ(record().in_words.empty(), record().vjp == nullptr)
      << record().name << ": what passes a gradient on says so in words, and nothing else does";
  if (!record().differentiable) {
    EXPECT_EQ(record().vjp, nullptr) << record().name << " cuts the path and has a rule";
  }
  if (record().op_class == OpClass::elementwise) {
    EXPECT_NE(record().scalar, nullptr);
  }
  if (record().op_class == OpClass::movement) {
    EXPECT_NE(record().move, nullptr);
  }
}

TEST_P(EachOp, PrintsAndParses) {
  for (const Graph& graph : samples()) {
    std::string text = print(graph);
    Graph again = parse_graph(text, "again");
    EXPECT_TRUE(equivalent(graph, again)) << text;
    EXPECT_EQ(print(again), text);
  }
}

TEST_P(EachOp, RefusesWrongOperandCounts) {
  if (record().arity < 0) return;
  std::vector<Type> types(static_cast<size_t>(record().arity) + 1, Type(Element::f32, {2}));
  Inferred inferred = infer(record(), types, Node{});
  ASSERT_TRUE(std::holds_alternative<std::string>(inferred));
  EXPECT_NE(std::get<std::string>(inferred).find(record().name), std::string::npos);
}

TEST_P(EachOp, Interprets) {
  if (record().op_class == OpClass::gradient) return;
  for (int64_t rows : {1, 5}) {
    for (const Graph& graph : samples()) {
      Tensors results = interpret(graph, random_inputs(graph, rows, 1, record().check.domain), rows);
      for (const Result& result : graph.results) {
        const Tensor& tensor = results.at(result.name);
        int64_t count = 1;
        for (const Dim& dim : tensor.type.shape) count *= dim.count;
        EXPECT_EQ(tensor.count(), count) << print(graph);
      }
    }
  }
}

/// Floors, comparisons and the like jump: differences say nothing there.
TEST_P(EachOp, ReverseEqualsForwardAndDifferences) {
  if (record().op_class == OpClass::gradient) return;
  for (const Graph& graph : samples(Element::f64)) {
    Graph gradients = with_gradients(graph);
    ASSERT_NO_THROW(verify(gradients));
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      Tensors inputs = random_inputs(graph, 4, seed, record().check.domain);
      Tensors direction = random_direction(graph, 4, seed + 100);
      double reverse = reverse_slope(gradients, inputs, direction, 4);
      double forward = forward_slope(gradients, inputs, direction, 4);
      EXPECT_TRUE(agree(reverse, forward, 1e-10)) << reverse << " against " << forward << "\n" << print(gradients);
      bool finite = std::isfinite(interpret(gradients, inputs, 4).at("loss").number(0));
      if (!record().differentiable || !finite) continue;  // −inf of nothing, or as a fill
      double difference = difference_slope(gradients, inputs, direction, 4);
      EXPECT_TRUE(agree(reverse, difference, 1e-6)) << reverse << " against " << difference << "\n" << print(gradients);
    }
  }
}

/// The set is closed: the gradient is a graph whose gradient is right too.
TEST_P(EachOp, TheGradientHasAGradient) {
  if (record().op_class == OpClass::gradient) return;
  for (const Graph& graph : samples(Element::f64)) {
    Graph second = with_gradients(with_gradients(graph));
    Tensors inputs = random_inputs(graph, 3, 7, record().check.domain);
    Tensors direction = random_direction(graph, 3, 8);
    double reverse = reverse_slope(second, inputs, direction, 3);
    double forward = forward_slope(second, inputs, direction, 3);
    EXPECT_TRUE(agree(reverse, forward, 1e-9)) << reverse << " against " << forward << "\n" << print(graph);
  }
}

INSTANTIATE_TEST_SUITE_P(Records, EachOp, testing::Range(size_t{0}, all_ops().size()),
                         [](const auto& info) { return std::string(all_ops()[info.param].name); });

TEST(Records, EveryFunctionWithAPolynomialHasOne) {
  size_t found = 0;
  for (int i = 0; i <= static_cast<int>(Scalar::mantissa); ++i) {
    const auto function = static_cast<Scalar>(i);
    if (!is_math(function)) continue;
    ++found;
    ASSERT_NE(find_op(info(function).spelling), nullptr) << i;
    EXPECT_EQ(find_op(info(function).spelling)->arity, info(function).arity);
    EXPECT_EQ(parse_scalar(info(function).spelling), function);
    EXPECT_TRUE(info(function).is_math);
  }
  EXPECT_EQ(found, math_functions().size());
}

TEST(Records, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const Op& record : all_ops()) EXPECT_TRUE(names.insert(record.name).second) << record.name;
}

}  // namespace
}  // namespace nnc
