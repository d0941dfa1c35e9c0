// Kernels that had to do without registers: machine code gives the bits of the nest interpreter on every tier that this
// machine runs, and is made on the others.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "codegen/jit.h"
#include "tests/passes/crowded_graphs.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

void expect_interpreted_bits(const Graph& graph, Tier tier, bool exact) {
  constexpr int64_t kRows = 5;
  NestProgram program = lowered(graph, options_for(tier, kRows, exact));
  if (!runs_here(tier)) {
    EXPECT_NE(emit_llvm(program), "");
    return;
  }
  Tensors inputs = sample_inputs(graph, kRows, 7);
  CompiledProgram code = compile(program);
  Tensors compiled = run_nests(program, graph, inputs, kRows, [&](StepArguments& a) { return code.run(a); });
  EXPECT_EQ(difference(run_nests(program, graph, inputs, kRows), compiled, 0), "");
}

class CrowdedGraphs : public testing::TestWithParam<CrowdedGraph> {};

TEST_P(CrowdedGraphs, MachineCodeGivesTheInterpretersBits) {
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    for (int count : kCrowdedCounts) {
      SCOPED_TRACE(fmt::format("{}, {}", spelling(tier), count));
      Element element = count == 3 ? Element::f64 : Element::f32;
      Graph graph(GetParam().name);
      GetParam().build(graph, element, count);
      expect_interpreted_bits(graph, tier, count != 1);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Code, CrowdedGraphs, testing::ValuesIn(crowded_graphs().begin(), crowded_graphs().end()),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace nnc
