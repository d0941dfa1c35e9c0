// The rows of docs/numerics.md that ops decide: kinks, ties, poles, NaN, signed zeros, conversions.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "ir/graph/backward.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/interpret/interpret_graph.h"
#include "tests/ir/slopes.h"

namespace nnc {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kNaN = std::nan("");

using Build = Value (*)(Value);
using Numbers = std::vector<double>;

Value relu(Value x) {
  Value zero = full(*x.graph, 0, x.type());
  return select(binary("less_equal", x, zero), zero, x);
}
Value zero_like(Value x) { return full(*x.graph, 0, x.type()); }

TEST(SpecialValues, ReluAndAbsoluteAtZero) {
  Slopes probe({-1, -0.0, 0, 2, kNaN}, relu);
  Numbers value = probe["value"];
  EXPECT_EQ(Numbers(value.begin(), value.begin() + 4), Numbers({0, 0, 0, 2}));
  EXPECT_TRUE(std::isnan(value[4]));
  EXPECT_EQ(probe["first"], Numbers({0, 0, 0, 1, 1}));
  Slopes absolute({-2, -0.0, 0, 3}, [](Value x) { return unary("absolute", x); });
  EXPECT_EQ(absolute["first"], Numbers({-1, 0, 0, 1}));
}

TEST(SpecialValues, TheSlopeOfAtan2HoldsForEverySize) {
  // c / (a² + c²), whose squares would leave f64.
  for (double size : {1e-200, 1.0, 1e200}) {
    Slopes probe({3 * size, -3 * size},
                 [](Value x) { return binary("atan2", x, unary("absolute", stop_gradient(x)) * (4.0 / 3.0)); });
    for (double slope : probe["first"]) EXPECT_NEAR(slope * size, 4.0 / 25, 1e-15) << size;
  }
  Slopes origin({0, 0}, [](Value x) { return binary("atan2", x, x); });
  for (double slope : origin["first"]) EXPECT_TRUE(std::isnan(slope)) << "no angle has the point 0, 0";
  Slopes unmoved({0, 2}, [](Value x) { return 0.0 * binary("atan2", x, x); });
  EXPECT_EQ(unmoved["first"], Numbers({0, 0})) << "a zero cotangent passes 0";
}

TEST(SpecialValues, ElementwiseTiesAreHalved) {
  Slopes greater({1, 2, 3}, [](Value x) { return binary("maximum", x, full(*x.graph, 2, x.type())); });
  EXPECT_EQ(greater["first"], Numbers({0, 0.5, 1}));
  Slopes lesser({1, 2, 3}, [](Value x) { return binary("minimum", x, full(*x.graph, 2, x.type())); });
  EXPECT_EQ(lesser["first"], Numbers({1, 0.5, 0}));
}

TEST(SpecialValues, ReductionsGiveTheFirst) {
  Slopes most({1, 3, 3, 2}, [](Value x) { return reduce_max(x, std::vector<int64_t>{0}); });
  EXPECT_EQ(most["first"], Numbers({0, 1, 0, 0}));
  Slopes least({2, 1, 3, 1}, [](Value x) { return reduce_min(x, std::vector<int64_t>{0}); });
  EXPECT_EQ(least["first"], Numbers({0, 1, 0, 0}));
  Slopes place({1, kNaN, 9, kNaN}, [](Value x) { return cast(reduce_argmax(x, 0), Element::f64); });
  EXPECT_EQ(place["value"], Numbers({1}));
  Slopes broken({1, kNaN, 9}, [](Value x) { return reduce_max(x, std::vector<int64_t>{0}); });
  EXPECT_TRUE(std::isnan(broken["value"][0]));
}

TEST(SpecialValues, WindowsGiveTheFirst) {
  Slopes probe({5, 5, 1, 7}, [](Value x) {
    std::vector<Value> operand{x};
    std::vector<int64_t> two{2}, one{1};
    return x.graph->add(op("window_max"), operand, written(WindowAttributes{two, two, one}));
  });
  EXPECT_EQ(probe["value"], Numbers({5, 7}));
  EXPECT_EQ(probe["first"], Numbers({1, 0, 0, 1}));
}

TEST(SpecialValues, InfiniteSlopesStay) {
  Slopes root({0, 4}, [](Value x) { return unary("sqrt", x); });
  EXPECT_EQ(root["first"], Numbers({kInfinity, 0.25}));
  Slopes logarithm({0, 2}, [](Value x) { return unary("log", x); });
  EXPECT_EQ(logarithm["value"][0], -kInfinity);
  EXPECT_EQ(logarithm["first"], Numbers({kInfinity, 0.5}));
}

TEST(SpecialValues, WhatIsNotChosenLeavesNoTrace) {
  Slopes logarithm({-1, 0, 2},
                   [](Value x) { return select(binary("greater", x, zero_like(x)), unary("log", x), zero_like(x)); });
  EXPECT_EQ(logarithm["value"], Numbers({0, 0, std::log(2.0)}));
  EXPECT_EQ(logarithm["first"], Numbers({0, 0, 0.5}));
  EXPECT_EQ(logarithm["second"], Numbers({0, 0, -0.25}));
  Slopes root({-1, 0, 4},
              [](Value x) { return select(binary("greater", x, zero_like(x)), unary("sqrt", x), zero_like(x)); });
  EXPECT_EQ(root["first"], Numbers({0, 0, 0.25}));
  EXPECT_EQ(root["second"], Numbers({0, 0, -0.03125}));
}

/// A zero cotangent with a finite slope is no mask: (log x)² has the second derivative 2 at 1.
TEST(SpecialValues, AZeroCotangentKeepsTheSecondDerivative) {
  Slopes probe({1}, [](Value x) {
    Value y = unary("log", x);
    return y * y;
  });
  EXPECT_EQ(probe["first"], Numbers({0}));
  EXPECT_EQ(probe["second"], Numbers({2}));
}

TEST(SpecialValues, Power) {
  Slopes square({-2, 0, 3}, [](Value x) { return binary("power", x, full(*x.graph, 2, x.type())); });
  EXPECT_EQ(square["value"], Numbers({4, 0, 9}));
  EXPECT_EQ(square["first"], Numbers({-4, 0, 6}));
  EXPECT_EQ(square["second"], Numbers({2, 2, 2}));
  Slopes nought({0, 5, kNaN}, [](Value x) { return binary("power", x, zero_like(x)); });
  EXPECT_EQ(nought["value"], Numbers({1, 1, 1}));
  EXPECT_EQ(nought["first"], Numbers({0, 0, 0}));
  Slopes base({0, 4}, [](Value x) { return binary("power", x, full(*x.graph, 1.5, x.type())); });
  EXPECT_EQ(base["first"], Numbers({0, 3}));
  Slopes exponent({0, 2}, [](Value x) { return binary("power", zero_like(x), x); });
  EXPECT_EQ(exponent["value"], Numbers({1, 0}));
  EXPECT_EQ(exponent["first"], Numbers({0, 0}));
}

TEST(SpecialValues, NaNGoesThroughExtremaBothWays) {
  for (bool first : {true, false}) {
    Graph graph;
    Type type(Element::f64, {1});
    Value a = input(graph, InputRole::column, "a", type), b = input(graph, InputRole::column, "b", type);
    graph.results = {{ResultKind::value, "max", binary("maximum", a, b).id},
                     {ResultKind::value, "min", binary("minimum", a, b).id}};
    Tensors results = interpret(graph, {{"a", {type, {first ? kNaN : 1}}}, {"b", {type, {first ? 1 : kNaN}}}}, 1);
    EXPECT_TRUE(std::isnan(results.at("max").number(0)));
    EXPECT_TRUE(std::isnan(results.at("min").number(0)));
  }
}

TEST(SpecialValues, SignedZeros) {
  Slopes sign({-0.0, 0, -3}, [](Value x) { return unary("sign", x); });
  EXPECT_TRUE(std::signbit(sign["value"][0]));
  EXPECT_FALSE(std::signbit(sign["value"][1]));
  Slopes negated({0, -0.0}, [](Value x) { return -x; });
  EXPECT_TRUE(std::signbit(negated["value"][0]));
  Slopes sum({-0.0, -0.0}, [](Value x) { return reduce_sum(x, std::vector<int64_t>{0}); });
  EXPECT_TRUE(std::signbit(sum["value"][0]));
}

TEST(SpecialValues, ConversionsSaturate) {
  Slopes whole({1.9, -1.9, 1e20, -1e20, kNaN, kInfinity},
               [](Value x) { return cast(cast(x, Element::i32), Element::f64); });
  EXPECT_EQ(whole["value"], Numbers({1, -1, 2147483647, -2147483648.0, 0, 2147483647}));
  Slopes byte({-1, 255.5, 300, kNaN}, [](Value x) { return cast(cast(x, Element::u8), Element::f64); });
  EXPECT_EQ(byte["value"], Numbers({0, 255, 255, 0}));
}

TEST(SpecialValues, SigmoidDoesNotOverflow) {
  Slopes probe({-1e4, 1e4, 0}, [](Value x) { return unary("sigmoid", x); });
  EXPECT_EQ(probe["value"], Numbers({0, 1, 0.5}));
  EXPECT_EQ(probe["first"], Numbers({0, 0, 0.25}));
}

TEST(SpecialValues, IntegersWrap) {
  Graph graph;
  Type type(Element::i32, {1});
  Value a = input(graph, InputRole::column, "a", type);
  graph.results = {{ResultKind::value, "sum", (a + a).id}, {ResultKind::value, "product", (a * a).id}};
  Tensors results = interpret(graph, {{"a", {type, {2147483647}}}}, 1);
  EXPECT_EQ(results.at("sum").number(0), -2);
  EXPECT_EQ(results.at("product").number(0), 1);
}

}  // namespace
}  // namespace nnc
