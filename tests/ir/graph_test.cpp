// Identity of nodes, walks, contractions' notation, index expressions, and the interpreter's own promises.

#include "ir/graph/graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ir/graph/builder.h"
#include "ir/graph/contraction.h"
#include "ir/graph/convert.h"
#include "ir/graph/index.h"
#include "ir/graph/op.h"
#include "ir/interpret/interpret_graph.h"
#include "ir/ops/reshape_index.h"
#include "ir/print/text.h"
#include "ir/scalar/random.h"
#include "support/error.h"

namespace nnc {
namespace {

const Type kPair(Element::f32, {2});

TEST(Graph, EqualNodesAreOne) {
  Graph graph;
  Value x = input(graph, InputRole::column, "x", kPair);
  EXPECT_EQ(unary("tanh", x), unary("tanh", x));
  EXPECT_EQ(input(graph, InputRole::column, "x", kPair), x);
  EXPECT_NE(input(graph, InputRole::column, "y", kPair), x);
  EXPECT_NE(x + x * 2.0, x * 2.0 + x);
}

TEST(Graph, AValueThatManyLinesShareKeepsTheFirstOfThem) {
  Graph graph;
  Value half{};
  for (int line = 1; line <= 1000; ++line) {
    graph.current_origin = {"net.nn", line, 1, ""};
    half = constant(graph, 0.5, Element::f32);
  }
  const std::vector<Origin>& origins = graph.origins(half.id);
  EXPECT_EQ(origins.front().line, 1);
  EXPECT_LE(origins.size(), 16u) << "a list of every line in every kernel takes the square of the program";
}

TEST(Graph, ConstantsAreOneByTheirBits) {
  Graph graph;
  auto number = [&](double value) { return constant(graph, value, Element::f32); };
  EXPECT_EQ(number(std::nan("")), number(std::nan("1")));
  EXPECT_NE(number(0.0), number(-0.0));
  EXPECT_EQ(number(0.1), number(static_cast<double>(0.1F)));
}

TEST(Graph, RandomNumbersOfTwoPathsAreTwo) {
  Graph graph;
  Value seed = input(graph, InputRole::seed, "seed", Type(Element::i32, {2})),
        step = input(graph, InputRole::step, "step", Type::scalar(Element::i32));
  EXPECT_NE(random_uniform(seed, step, "net.a", kPair), random_uniform(seed, step, "net.b", kPair));
  EXPECT_EQ(random_uniform(seed, step, "net.a", kPair), random_uniform(seed, step, "net.a", kPair));
}

TEST(Graph, TheWalkDoesNotDependOnCreation) {
  auto build = [](bool second_first) {
    Graph graph;
    Value x = input(graph, InputRole::column, "x", kPair);
    if (second_first) unary("cos", x);
    Value a = unary("sin", x), b = unary("cos", x);
    graph.results = {{ResultKind::value, "y", (a * b).id}};
    return print(graph);
  };
  EXPECT_EQ(build(false), build(true));
}

TEST(Graph, LongChainsNeedNoStack) {
  Graph graph;
  Value x = input(graph, InputRole::column, "x", kPair), y = x;
  for (int i = 0; i < 50000; ++i) y = y + x;
  graph.results = {{ResultKind::value, "y", y.id}};
  EXPECT_EQ(graph.reachable().size(), 50001U);
  EXPECT_TRUE(equivalent(graph, parse_graph(print(graph), "long")));
  EXPECT_EQ(interpret(graph, {{"x", {kPair, {1, 2}}}}, 1).at("y").number(0), 50001);
}

TEST(Power, WholeConstantsBecomeProducts) {
  Graph graph;
  Value x = input(graph, InputRole::column, "x", kPair);
  EXPECT_EQ(binary("power", x, full(graph, 2, kPair)), x * x);
  EXPECT_EQ(binary("power", x, full(graph, 3, kPair)), x * x * x);
  Value root = binary("power", x, full(graph, 0.5, kPair));
  EXPECT_EQ(graph.node(root.id).op->name, "power");
}

TEST(Contraction, SaysLoopsAndExtents) {
  auto parsed = parse_contraction("b c 2*y+k, o c k -> b o y", "y=3", {Dim::rows(), 4, 7}, {5, 4, 3});
  ASSERT_TRUE(std::holds_alternative<Contraction>(parsed)) << std::get<std::string>(parsed);
  const auto& c = std::get<Contraction>(parsed);
  EXPECT_EQ(to_string(c.result_shape()), "[B, 5, 3]");
  EXPECT_EQ(c.loops.size(), 5U);
  EXPECT_TRUE(c.is_reduced(c.loop("c")));
  EXPECT_EQ(c.loops[c.loop("k")].extent, Dim(3));
  EXPECT_EQ(c.alone(0, 2), c.loops.size());
}

TEST(Contraction, RefusesWhatLeavesAnAxis) {
  for (auto [index, extents] :
       std::vector<std::pair<std::string, std::string>>{{"2*y+k, k -> y", "y=4"},  // 2·3 + 2 = 8 of 8
                                                        {"2*y+k, k -> y", ""},     // y runs how far?
                                                        {"y*k, k -> y", "y=2"},
                                                        {"i, k -> i j", ""},
                                                        {"i, k -> i i", ""},
                                                        {"i k", ""},
                                                        {"i j, k -> i", ""},
                                                        {"i, k -> i", "i=9"}}) {
    EXPECT_TRUE(std::holds_alternative<std::string>(parse_contraction(index, extents, {8}, {3}))) << index;
  }
}

TEST(Reshape, KeepsRowsApart) {
  Dim rows = Dim::rows();
  EXPECT_TRUE(reshape_keeps_rows({2, 2, rows, 3}, {4, Dim::rows(3)}));
  EXPECT_TRUE(reshape_keeps_rows({rows, 4}, {1, rows, 2, 2}));
  EXPECT_TRUE(reshape_keeps_rows({0, rows}, {rows, 0}));
  EXPECT_FALSE(reshape_keeps_rows({4, rows}, {rows, 4}));
  EXPECT_FALSE(reshape_keeps_rows({4, rows}, {Dim::rows(4)}));
  EXPECT_FALSE(reshape_keeps_rows({4, rows}, {2, Dim::rows(2)}));
  Graph graph("g");
  Value x = input(graph, InputRole::column, "x", Type(Element::f32, {4, rows}));
  EXPECT_THROW(reshape(x, {rows, 4}), InternalError);
}

TEST(IndexExpression, StaysAffineWhereItCan) {
  IndexExpr x = IndexExpr::variable(0), y = IndexExpr::variable(1);
  IndexExpr linear = x * 12 + y + 3;
  EXPECT_TRUE(linear.is_affine());
  EXPECT_EQ((x * 12).divided_by(4), x * 3);
  EXPECT_EQ((x * 12 + y).modulo(12), y.modulo(12));
  std::array<int64_t, 2> at{5, 7};
  EXPECT_EQ(linear.divided_by(12).evaluate(at), 5);
  EXPECT_EQ(linear.modulo(12).evaluate(at), 10);
  EXPECT_EQ((y - x * 2).divided_by(5).evaluate(at), -1);
  std::array<IndexExpr, 2> by{y, x + 1};
  EXPECT_EQ(linear.substitute(by), y * 12 + x + 4);
}

TEST(Interpreter, RoundsWhenAsked) {
  Graph graph;
  Value x = input(graph, InputRole::column, "x", kPair);
  graph.results = {{ResultKind::value, "y", (x / 3.0).id}};
  Tensors inputs{{"x", {kPair, {1, 2}}}};
  EXPECT_EQ(interpret(graph, inputs, 1).at("y").number(0), 1.0 / 3);
  EXPECT_EQ(interpret(graph, inputs, 1, {.round = true}).at("y").number(0), static_cast<double>(1.0F / 3));
}

TEST(Interpreter, ReadsTheSamplesOffAColumn) {
  Graph graph;
  Value column = input(graph, InputRole::column, "column.x", Type(Element::u8, {Dim::samples(), 2}));
  Value order = input(graph, InputRole::order, "order", Type(Element::i32, {Dim::rows()}));
  graph.results = {{ResultKind::value, "rows", gather(column, order).id}};
  Tensors inputs{{"column.x", {Type(Element::u8, {3, 2}), {1, 2, 3, 4, 5, 6}}},
                 {"order", {Type(Element::i32, {2}), {2, 0}}}};
  EXPECT_EQ(interpret(graph, inputs, 2).at("rows").numbers(), (std::vector<double>{5, 6, 1, 2}));
}

TEST(Interpreter, RefusesMissingAndMisshapenInputs) {
  Graph graph;
  graph.results = {{ResultKind::value, "y", unary("exp", input(graph, InputRole::column, "x", kPair)).id}};
  EXPECT_THROW(interpret(graph, {}, 1), Failure);
  EXPECT_THROW(interpret(graph, {{"x", {Type(Element::f32, {3}), {1, 2, 3}}}}, 1), Failure);
}

TEST(Interpreter, RefusesWhatIsTooLarge) {
  Graph graph;
  graph.results = {{ResultKind::value, "y", full(graph, 0, Type(Element::f32, {int64_t{1} << 39})).id}};
  EXPECT_THROW(interpret(graph, {}, 1), Failure);
}

TEST(Random, DependsOnPathStepAndPlaceAlone) {
  auto draw = [](std::string path, double step, int64_t rows) {
    Graph graph;
    Value seed = input(graph, InputRole::seed, "seed", Type(Element::i32, {2})),
          now = input(graph, InputRole::step, "step", Type::scalar(Element::i32));
    Value bits = random_uniform(seed, now, std::move(path), Type(Element::f32, {Dim::rows(), 3}));
    graph.results = {{ResultKind::value, "y", bits.id}};
    Tensors inputs{{"seed", {Type(Element::i32, {2}), {7, -1}}}, {"step", {Type::scalar(Element::i32), {step}}}};
    return interpret(graph, inputs, rows).at("y").numbers();
  };
  std::vector<double> few = draw("net.dropout", 3, 2), many = draw("net.dropout", 3, 5);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
  EXPECT_NE(few, draw("net.dropout", 4, 2));
  EXPECT_NE(few, draw("net.dropout_1", 3, 2));
  auto words = random_words({7, 0xffffffffU}, "net.dropout", 3, 0, 4);
  EXPECT_EQ(few[4], static_cast<double>(uniform_f32(words)));
  EXPECT_EQ(path_hash("a"), 0xaf63dc4c8601ec8cULL);  // FNV-1a's published value
}

TEST(Convert, Bf16RoundsToNearestEven) {
  EXPECT_EQ(convert(1.00390625, Element::bf16), 1.0);       // halfway, down to even
  EXPECT_EQ(convert(1.01171875, Element::bf16), 1.015625);  // halfway, up to even
  EXPECT_TRUE(std::isinf(convert(3.4e38, Element::bf16)));
  EXPECT_TRUE(std::isnan(convert(std::nan(""), Element::bf16)));
}

}  // namespace
}  // namespace nnc
