// Kernels whose values are more than the vector registers of a tier: every legal graph is lowered on every tier, to the
// same bits whatever is fused, and to what the tensor interpreter computes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/passes/crowded_graphs.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

/// So few that every kernel of these has to do without something.
constexpr int kFewRegisters = 4;

void expect_lowered(const Graph& graph, Element element) {
  double tolerance = element == Element::f64 ? 1e-12 : 1e-4;
  constexpr int64_t kRows = 5;
  Tensors inputs = sample_inputs(graph, kRows, 7);
  Tensors expected = interpret(graph, inputs, kRows);
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512, Tier::neon}) {
    std::string where = fmt::format("{} {}", spelling(tier), spelling(element));
    Tensors exact = run_nests(lowered(graph, options_for(tier, kRows, true)), graph, inputs, kRows);
    EXPECT_EQ(difference(expected, exact, tolerance), "") << where;
    Tensors any = run_nests(lowered(graph, options_for(tier, 9, false)), graph, inputs, kRows);
    EXPECT_EQ(difference(exact, any, 0), "") << where << ", rows at run time";
    PassOptions crowded = options_for(tier, kRows, true);
    crowded.target.vector_registers = kFewRegisters;
    Tensors thrifty = run_nests(lowered(graph, crowded), graph, inputs, kRows);
    EXPECT_EQ(difference(exact, thrifty, 0), "") << where << ", few registers";
    Tensors apart = run_nests(lowered(graph, options_for(tier, kRows, true, 0)), graph, inputs, kRows);
    EXPECT_EQ(difference(exact, apart, 0), "") << where << ", nothing fused";
  }
}

class FewRegisters : public testing::TestWithParam<CrowdedGraph> {};

TEST_P(FewRegisters, EveryTierLowersIt) {
  for (Element element : {Element::f32, Element::f64}) {
    for (int count : kCrowdedCounts) {
      Graph graph(GetParam().name);
      GetParam().build(graph, element, count);
      expect_lowered(graph, element);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, FewRegisters, testing::ValuesIn(crowded_graphs().begin(), crowded_graphs().end()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace nnc
