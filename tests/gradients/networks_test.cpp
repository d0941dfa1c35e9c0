// Whole small networks: the reverse-mode gradient of the loss against dual numbers and central differences.
#include <gtest/gtest.h>

#include <cmath>

#include "ir/graph/builder.h"
#include "ir/print/text.h"
#include "passes/differentiate.h"
#include "passes/simplify.h"
#include "tests/golden/network.h"
#include "tests/gradients/check_slopes.h"

namespace nnc {
namespace {

void expect_right_slopes(const Graph& graph) {
  for (bool simplified : {false, true}) {
    Graph slopes = slopes_of(graph, simplified);
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      EXPECT_EQ(wrong_slope(slopes, 4, seed), "") << (simplified ? "simplified, " : "") << "seed " << seed;
    }
  }
}

TEST(NetworkGradients, XorWithMeanSquaredError) { expect_right_slopes(testing::golden_network("xor_sgd")); }
TEST(NetworkGradients, ClassifierWithSoftmaxCrossEntropy) { expect_right_slopes(testing::golden_network("mnist_sgd")); }
TEST(NetworkGradients, WeightsInTheLossByL2) { expect_right_slopes(testing::golden_network("boston_l2_rmsprop")); }

Value square_sum(Value x) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < x.type().rank(); ++axis) axes.push_back(axis);
  return reduce_sum(x * x, axes);
}

Graph tied_network() {
  Graph graph("tied");
  Value x = input(graph, InputRole::column, "x", Type(Element::f64, {Dim::rows(), 3}));
  Value weights = variable(graph, "w", Type(Element::f64, {3, 3}));
  Value h = unary("tanh", contract(x, weights, "b i, i o -> b o"));
  Value y = contract(h, weights, "b i, o i -> b o");
  graph.results.push_back({ResultKind::loss, "loss", (square_sum(y - x) + 0.01 * square_sum(weights)).id});
  return graph;
}

TEST(NetworkGradients, TiedWeights) { expect_right_slopes(tied_network()); }

/// Σ (∂loss/∂w · v) as a loss of its own: its gradient is a product with the second derivative.
TEST(NetworkGradients, GradientOfAGradient) {
  Graph graph = tied_network();
  Value loss = graph.result("loss");
  Value weights;
  for (NodeId id : graph.reachable()) {
    if (graph.node(id).op->name == "variable") weights = graph.value(id);
  }
  Value slope = gradient(loss, weights);
  Value along = input(graph, InputRole::column, "v", weights.type());
  std::vector<int64_t> axes{0, 1};
  Value directional = reduce_sum(slope * unary("cos", along), axes);
  graph.results = {{ResultKind::loss, "loss", directional.id}};
  expect_right_slopes(graph);
}

TEST(NetworkGradients, ThirdDerivativeOfSine) {
  Graph graph("sine");
  Value x = variable(graph, "x", Type::scalar(Element::f64));
  Value first = gradient(unary("sin", x), x), second = gradient(first, x), third = gradient(second, x);
  graph.results = {{ResultKind::value, "third", third.id}};
  Tensors values = interpret(simplify(differentiate(graph)), {{"x", Tensor{Type::scalar(Element::f64), {0.7}}}}, 1);
  EXPECT_NEAR(values.at("third").number(0), -std::cos(0.7), 1e-15);
}

/// One step of SGD by the whole graph is W − lr · dW.
TEST(NetworkGradients, UpdateOfSgdGoesDownTheGradient) {
  Graph graph = testing::golden_network("mnist_sgd");
  Graph step = simplify(differentiate(graph)), slopes = slopes_of(graph, true);
  Tensors inputs = network_inputs(step, 5, 11);
  Tensors after = interpret(step, inputs, 5), gradients = interpret(slopes, inputs, 5);
  double rate = inputs.at("setting.lr").number(0);
  const Tensor& before = inputs.at("net.dense_1.W");
  for (int64_t i = 0; i < before.count(); ++i) {
    double expected = before.number(i) - rate * gradients.at("d net.dense_1.W").number(i);
    EXPECT_NEAR(after.at("net.dense_1.W").number(i), expected, 1e-12);
  }
}

}  // namespace
}  // namespace nnc
