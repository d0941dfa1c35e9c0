// Whole training steps with optimizer state, weights in the loss and tied weights: what the kernels leave in the
// variables against the tensor interpreter, whatever was fused.
#include <gtest/gtest.h>

#include "ir/graph/builder.h"
#include "ir/print/text.h"
#include "passes/differentiate.h"
#include "passes/simplify.h"
#include "tests/golden/network.h"
#include "tests/gradients/check_slopes.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

/// The step as the tensor interpreter computes it before simplify, against the fused kernels and the unfused ones.
void expect_same_step(const Graph& network, int64_t rows) {
  Graph graph = differentiate(network), simple = simplify(graph);
  Tensors inputs = network_inputs(graph, rows, 5);
  Tensors fused = run_nests(lowered(simple, options_for(Tier::avx2, rows, true)), simple, inputs, rows);
  EXPECT_EQ(difference(interpret(graph, inputs, rows), fused, 5e-5), "");
  for (int64_t limit : {0, 5, 11}) {
    Tensors other = run_nests(lowered(simple, options_for(Tier::avx2, rows, true, limit)), simple, inputs, rows);
    EXPECT_EQ(difference(fused, other, 0), "") << "fuse limit " << limit;
  }
  Tensors any = run_nests(lowered(simple, options_for(Tier::avx2, rows + 3, false)), simple, inputs, rows);
  EXPECT_EQ(difference(fused, any, 0), "") << "rows at run time";
}

TEST(Networks, XorWithSgd) { expect_same_step(testing::golden_network("xor_sgd"), 4); }
TEST(Networks, BostonWithRmspropAndWeightsInTheLoss) {
  expect_same_step(testing::golden_network("boston_l2_rmsprop"), 5);
}
TEST(Networks, MnistWithAdam) { expect_same_step(testing::golden_network("mnist_adam"), 2); }

Value square_sum(Value x) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < x.type().rank(); ++axis) axes.push_back(axis);
  return reduce_sum(x * x, axes);
}

TEST(Networks, TiedWeightsWithMomentum) {
  Graph graph("train");
  Value x = input(graph, InputRole::column, "column.x", Type(Element::f32, {Dim::rows(), 9}));
  Value weights = variable(graph, "net.W", Type(Element::f32, {9, 9}));
  Value velocity = variable(graph, "optimizer.net.W.v", weights.type());
  Value hidden = unary("tanh", contract(x, weights, "b i, i o -> b o"));
  Value loss = square_sum(contract(hidden, weights, "b i, o i -> b o") - x) + 0.01 * square_sum(weights);
  Value next = velocity * 0.9 + gradient(loss, weights);
  graph.results = {{ResultKind::loss, "loss", loss.id},
                   {ResultKind::update, "optimizer.net.W.v", next.id},
                   {ResultKind::update, "net.W", (weights - next * 0.1).id}};
  expect_same_step(graph, 7);
}

/// The update of one weight is another weight: each must get the other's old value.
TEST(Networks, WeightsThatAreExchanged) {
  Graph graph("train");
  Type type(Element::f32, {5, 3});
  Value a = variable(graph, "a", type), b = variable(graph, "b", type);
  graph.results = {{ResultKind::loss, "loss", (square_sum(a) + square_sum(b)).id},
                   {ResultKind::update, "a", b.id},
                   {ResultKind::update, "b", (a * 2.0).id}};
  expect_same_step(graph, 1);
}

/// The step of Newton's method in one variable: a gradient of a gradient in the update.
TEST(Networks, SecondDerivativeInTheUpdate) {
  Graph graph("train");
  Value w = variable(graph, "w", Type::scalar(Element::f32));
  Value loss = unary("exp", w) - 2.0 * w;
  Value slope = gradient(loss, w), curvature = gradient(slope, w);
  graph.results = {{ResultKind::loss, "loss", loss.id}, {ResultKind::update, "w", (w - slope / curvature).id}};
  expect_same_step(graph, 1);
}

}  // namespace
}  // namespace nnc
