// Long sums of one sign keep their digits: machine code against f64, for each form on every tier that this machine
// runs. The terms are made of few numbers, so that tens of millions of them take no memory.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "codegen/jit.h"
#include "ir/print/text.h"
#include "tests/codegen/nest_runner.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

/// %y sums terms that are all 0.1 (%a), or a thousand numbers (%b) again and again.
struct LongSum {
  const char* name;
  const char* body;   ///< over {0} terms, which are {1} thousands or {2} pairs
  bool rows = false;  ///< the batch has that many rows
  double bound = 2e-6;
};

constexpr LongSum kLongSums[] = {
    {"LanesAlongOneAxis",
     "  %w = broadcast(%a) {{axes = ints []}} : f32[{0}]\n"
     "  %y = reduce_sum(%w) {{axes = ints [0]}} : f32[]\n"},
    {"LanesAlongSeveralAxes",
     "  %v = broadcast(%b) {{axes = ints [1]}} : f32[{1}, 1000]\n"
     "  %y = reduce_sum(%v) {{axes = ints [0, 1]}} : f32[]\n"},
    {"LanesOfAShortAxis",
     "  %v = broadcast(%b) {{axes = ints [1]}} : f32[{1}, 1000]\n"
     "  %r = reshape(%v) : f32[{2}, 2]\n"
     "  %y = reduce_sum(%r) {{axes = ints [0, 1]}} : f32[]\n"},
    {"LanesDownTheRows",
     "  %w = broadcast(%a) {{axes = ints []}} : f32[B]\n"
     "  %y = reduce_sum(%w) {{axes = ints [0]}} : f32[]\n",
     true},
    {"ChainAlongOneAxis",
     "  %w = broadcast(%a) {{axes = ints []}} : f32[{0}, 2]\n"
     "  %y = reduce_sum(%w) {{axes = ints [0]}} : f32[2]\n"},
    {"ChainAlongSeveralAxes",
     "  %v = broadcast(%b) {{axes = ints [1]}} : f32[{1}, 1000, 2]\n"
     "  %y = reduce_sum(%v) {{axes = ints [0, 1]}} : f32[2]\n"},
    {"ChainDownTheRows",
     "  %w = broadcast(%a) {{axes = ints []}} : f32[B, 2]\n"
     "  %y = reduce_sum(%w) {{axes = ints [0]}} : f32[2]\n",
     true},
    {"DotAlongOneAxis",
     "  %w = broadcast(%a) {{axes = ints []}} : f32[{0}]\n"
     "  %u = broadcast(%one) {{axes = ints []}} : f32[{0}]\n"
     "  %y = contract(%w, %u) {{index = \"k, k -> \"}} : f32[]\n",
     false, 2e-5},
    {"DotAlongSeveralAxes",
     "  %v = broadcast(%b) {{axes = ints [1]}} : f32[{1}, 1000]\n"
     "  %u = broadcast(%one) {{axes = ints []}} : f32[{1}, 1000]\n"
     "  %y = contract(%v, %u) {{index = \"j k, j k -> \"}} : f32[]\n",
     false, 2e-5},
    {"DotDownTheRows",
     "  %w = broadcast(%a) {{axes = ints []}} : f32[B]\n"
     "  %u = broadcast(%one) {{axes = ints []}} : f32[B]\n"
     "  %y = contract(%w, %u) {{index = \"k, k -> \"}} : f32[]\n",
     true, 2e-5},
    {"OuterAlongOneAxis",
     "  %w = broadcast(%a) {{axes = ints []}} : f32[{0}, 2]\n"
     "  %u = broadcast(%one) {{axes = ints []}} : f32[{0}, 3]\n"
     "  %y = contract(%w, %u) {{index = \"k m, k n -> m n\"}} : f32[2, 3]\n",
     false, 2e-5},
    {"OuterAlongSeveralAxes",
     "  %v = broadcast(%b) {{axes = ints [1]}} : f32[{1}, 1000, 2]\n"
     "  %u = broadcast(%one) {{axes = ints []}} : f32[{1}, 1000, 3]\n"
     "  %y = contract(%v, %u) {{index = \"j k m, j k n -> m n\"}} : f32[2, 3]\n",
     false, 2e-5},
    {"OuterDownTheRows",
     "  %w = broadcast(%a) {{axes = ints []}} : f32[B, 2]\n"
     "  %u = broadcast(%one) {{axes = ints []}} : f32[B, 3]\n"
     "  %y = contract(%w, %u) {{index = \"k m, k n -> m n\"}} : f32[2, 3]\n",
     true, 2e-5},
};

class LongSums : public ::testing::TestWithParam<LongSum> {};

/// The largest relative error of %y.
double error_of(const LongSum& sum, Tier tier, int64_t count) {
  std::string body = fmt::format(fmt::runtime(sum.body), count, count / 1000, count / 2);
  bool varies = body.find("%b") != std::string::npos;
  Graph graph = parse_graph(
      fmt::format(
          "graph g {{\n  %{0} = variable {{path = \"{0}\"}} : f32[{1}]\n  %one = constant {{value = 1.0}} : f32[]\n"
          "{2}  yield y = %y\n}}\n",
          varies ? "b" : "a", varies ? "1000" : "", body),
      "g");
  int64_t rows = sum.rows ? count : 1;
  Tensors inputs = sample_inputs(graph, 1, 3);
  Tensor& given = inputs.at(varies ? "b" : "a");
  std::vector<double> numbers = given.numbers();
  if (!varies) numbers = {0.1F};
  for (double& number : numbers) number = std::abs(number);
  given = Tensor(given.type, numbers);
  double expected = std::accumulate(numbers.begin(), numbers.end(), 0.0) *
                    static_cast<double>(count / static_cast<int64_t>(numbers.size()));
  NestProgram program = lowered(graph, options_for(tier, rows, rows == 1));
  CompiledProgram code = compile(program);
  Tensors results = run_nests(program, graph, inputs, rows, [&](StepArguments& a) { return code.run(a); });
  double worst = 0;
  for (double y : results.at("y").numbers()) worst = std::max(worst, std::abs(y - expected) / expected);
  return worst;
}

TEST_P(LongSums, KeepTheirDigits) {
  for (Tier tier : testing::tiers_here()) {
    for (int64_t count : {10'000, 1'000'000, 30'000'000}) {
      double error = error_of(GetParam(), tier, count);
      EXPECT_LE(error, GetParam().bound) << spelling(tier) << ", " << count << " terms";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, LongSums, ::testing::ValuesIn(kLongSums),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace nnc
