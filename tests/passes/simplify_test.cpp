// simplify on random graphs and their gradients: the same bits, and nothing left to do the second time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ir/graph/builder.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "passes/differentiate.h"
#include "passes/layout.h"
#include "passes/simplify.h"
#include "tests/fuzz/cases_to_run.h"
#include "tests/fuzz/random_graph.h"

namespace nnc {
namespace {

/// A random graph whose loss is differentiated by its variables: backward graphs are what simplify is for.
Graph with_placeholders(uint64_t seed) {
  RandomGraphOptions options;
  options.max_nodes = 25;
  options.element = seed % 3 == 0 ? Element::f64 : Element::f32;
  Graph graph = random_graph(seed, options);
  Value loss = graph.result("loss");
  int number = 0;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (node.op->name != "variable" || !is_float(node.type.element)) continue;
    graph.results.push_back({ResultKind::value, "d" + std::to_string(number++), gradient(loss, graph.value(id)).id});
  }
  return graph;
}

std::string first_difference(const Tensors& a, const Tensors& b) {
  for (const auto& [name, tensor] : a) {
    const Tensor& other = b.at(name);
    for (int64_t i = 0; i < tensor.count(); ++i) {
      double x = tensor.number(i), y = other.number(i);
      bool same = (std::isnan(x) && std::isnan(y)) || (x == y && std::signbit(x) == std::signbit(y));
      if (!same) return name + ": " + std::to_string(x) + " and " + std::to_string(y);
    }
  }
  return "";
}

bool has_power(const Graph& graph) {
  for (NodeId id : graph.reachable()) {
    if (graph.node(id).op->name == "power") return true;
  }
  return false;
}

TEST(Simplify, KeepsEveryBitOfRandomGraphsAndTheirGradients) {
  for (uint64_t seed = 0, count = static_cast<uint64_t>(graphs_to_run()); seed < count; ++seed) {
    Graph graph = differentiate(with_placeholders(seed));
    if (has_power(graph)) continue;  // becomes products, as kernels compute it; the interpreter asks the C library
    Graph simple = simplify(graph);
    ASSERT_NO_THROW(verify(simple)) << "seed " << seed;
    Tensors inputs = random_inputs(graph, 3, seed);
    InterpretOptions rounded{.round = true};
    EXPECT_EQ(first_difference(interpret(graph, inputs, 3, rounded), interpret(simple, inputs, 3, rounded)), "")
        << "seed " << seed;
    EXPECT_LE(simple.reachable().size(), graph.reachable().size() + 8) << "seed " << seed;
  }
}

TEST(Simplify, TwiceIsOnce) {
  for (uint64_t seed = 0, count = static_cast<uint64_t>(graphs_to_run()); seed < count; ++seed) {
    Graph once = simplify(differentiate(with_placeholders(seed)));
    EXPECT_TRUE(equivalent(once, simplify(once))) << "seed " << seed;
    EXPECT_TRUE(equivalent(layout(once), layout(layout(once)))) << "seed " << seed;
  }
}

TEST(Simplify, DividesEveryByteAsADivisionDoes) {
  int replaced = 0;
  for (int64_t divisor : {3, 7, 10, 100, 127, 200, 255, 257, 1000, 65535}) {
    Graph graph("bytes");
    Type bytes(Element::u8, {256});
    Value quotient = cast(input(graph, InputRole::column, "x", bytes), Element::f32) / static_cast<double>(divisor);
    graph.results.push_back({ResultKind::value, "q", quotient.id});
    Graph simple = simplify(graph);
    bool divides = print(simple).find("divide(") != std::string::npos;
    replaced += divides ? 0 : 1;
    Tensor all = Tensor::uninitialised(bytes);
    for (int byte = 0; byte < 256; ++byte) all.set(byte, byte);
    InterpretOptions rounded{.round = true};
    EXPECT_EQ(first_difference(interpret(graph, {{"x", all}}, 1, rounded), interpret(simple, {{"x", all}}, 1, rounded)),
              "")
        << divisor;
    EXPECT_FALSE(divides && divisor == 255);
  }
  EXPECT_GE(replaced, 5);
}

/// The order in which cotangents are added may differ, so in double and not bit for bit.
TEST(Simplify, KeepsWhatPlaceholdersAskFor) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    Graph graph = with_placeholders(seed);
    Tensors inputs = random_inputs(graph, 3, seed);
    Tensors direct = interpret(differentiate(graph), inputs, 3);
    Tensors around = interpret(differentiate(simplify(graph)), inputs, 3);
    for (const auto& [name, tensor] : direct) {
      for (int64_t i = 0; i < tensor.count(); ++i) {
        double tolerance = 1e-9 * std::max(1.0, std::fabs(tensor.number(i)));
        EXPECT_NEAR(tensor.number(i), around.at(name).number(i), tolerance) << "seed " << seed << ": " << name;
      }
    }
  }
}

}  // namespace
}  // namespace nnc
