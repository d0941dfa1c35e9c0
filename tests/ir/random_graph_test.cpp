#include <gtest/gtest.h>

#include <cmath>

#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "tests/fuzz/random_graph.h"
#include "tests/ir/derivative_check.h"

namespace nnc {
namespace {

constexpr uint64_t kGraphs = 200;

TEST(RandomGraphs, AreWellTypedFiniteAndRepeatable) {
  for (uint64_t seed = 0; seed < kGraphs; ++seed) {
    Graph graph = random_graph(seed);
    ASSERT_NO_THROW(verify(graph)) << "seed " << seed;
    EXPECT_TRUE(equivalent(graph, random_graph(seed))) << "seed " << seed;
    for (const auto& [name, tensor] : interpret(graph, random_inputs(graph, 3, seed), 3)) {
      for (double value : tensor.numbers()) ASSERT_TRUE(std::isfinite(value)) << "seed " << seed << ": " << name;
    }
  }
}

TEST(RandomGraphs, ReadBackAsPrinted) {
  for (uint64_t seed = 0; seed < kGraphs; ++seed) {
    Graph graph = random_graph(seed);
    std::string text = print(graph);
    Graph again = parse_graph(text, "random");
    EXPECT_TRUE(equivalent(graph, again)) << "seed " << seed;
    EXPECT_EQ(print(again), text) << "seed " << seed;
  }
}

TEST(RandomGraphs, ReverseEqualsForward) {
  for (uint64_t seed = 0; seed < kGraphs; ++seed) {
    RandomGraphOptions options;
    options.element = Element::f64;
    Graph graph = random_graph(seed, options);
    Graph gradients = with_gradients(graph);
    Tensors inputs = random_inputs(graph, 3, seed), direction = random_direction(graph, 3, seed + 1);
    double reverse = reverse_slope(gradients, inputs, direction, 3);
    double forward = forward_slope(gradients, inputs, direction, 3);
    EXPECT_TRUE(agree(reverse, forward, 1e-8)) << "seed " << seed << ": " << reverse << " against " << forward;
  }
}

}  // namespace
}  // namespace nnc
