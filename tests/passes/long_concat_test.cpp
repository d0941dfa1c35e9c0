// A concat of hundreds: no kernel chooses among all of them, and the values are the same.
#include <gtest/gtest.h>

#include "ir/graph/builder.h"
#include "passes/layout.h"
#include "passes/vectorize.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

constexpr int kParts = 300;

/// Parts of unequal width, into a matrix product, and sums of the whole.
Graph long_concat() {
  Graph graph;
  Value x = input(graph, InputRole::column, "x", Type(Element::f32, {Dim::rows(), 3}));
  std::vector<Value> parts;
  int64_t width = 0;
  for (int i = 0; i < kParts; ++i) {
    parts.push_back(i % 7 == 0 ? slice(x, 1, 0, 2) * (i + 1.0) : x * (i + 1.0));
    width += i % 7 == 0 ? 2 : 3;
  }
  Value all = concat(parts, 1);
  Value w = variable(graph, "w", Type(Element::f32, {width, 4}));
  graph.results.push_back({ResultKind::value, "y", contract(all, w, "b i, i o -> b o").id});
  return graph;
}

TEST(LongConcat, BecomesATreeOfFewParts) {
  Graph graph = layout(long_concat());
  for (NodeId id : graph.reachable()) {
    if (graph.node(id).op->name != "concat") continue;
    EXPECT_LE(graph.node(id).operands.size(), kMostParts);
  }
}

TEST(LongConcat, NoKernelChoosesAmongAllParts) {
  Graph graph = long_concat();
  Tensors inputs = sample_inputs(graph, 5, 1);
  Tensors expected = interpret(graph, inputs, 5);
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    NestProgram program = lowered(graph, options_for(tier, 5, true));
    for (const Kernel& kernel : program.kernels) EXPECT_LE(kernel.parameters.size(), kMostParts + 4) << kernel.name;
    EXPECT_EQ(difference(expected, run_nests(program, graph, inputs, 5), 3e-5), "") << spelling(tier);
  }
}

}  // namespace
}  // namespace nnc
