// Every op on the samples of its record: lowered alone, and run by the nest interpreter against the tensor interpreter.
#include <gtest/gtest.h>

#include "ir/graph/samples.h"
#include "ir/print/text.h"
#include "support/error.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

struct OpCase {
  const Op* op = nullptr;
  Element element = Element::f32;
};

class VectorizeOp : public ::testing::TestWithParam<OpCase> {};

void expect_as_interpreted(const Graph& graph, const std::string& text, int64_t rows, const PassOptions& options,
                           double tolerance) {
  Tensors inputs = sample_inputs(graph, rows, 11);
  Tensors expected = interpret(graph, inputs, rows, {.round = true});
  std::string wrong;
  try {
    NestProgram program = lowered(graph, options);
    wrong = difference(expected, run_nests(program, graph, inputs, rows), tolerance);
  } catch (const std::exception& error) {
    wrong = error.what();
  }
  EXPECT_EQ(wrong, "") << text << spelling(options.target.tier) << ", " << rows << " rows"
                       << (options.exact ? ", exact" : "");
}

TEST_P(VectorizeOp, SamplesAreWhatTheTensorInterpreterComputes) {
  const OpCase& param = GetParam();
  for (const std::string& text : sample_graphs(*param.op, param.element)) {
    Graph graph = parse_graph(text, std::string(param.op->name));
    double tolerance = param.element == Element::f64 ? 1e-12 : 2e-6;
    for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
      expect_as_interpreted(graph, text, 5, options_for(tier, 5, true), tolerance);
      for (int64_t rows : {1, 3, 17}) expect_as_interpreted(graph, text, rows, options_for(tier, 17, false), tolerance);
    }
  }
}

std::vector<OpCase> cases() {
  std::vector<OpCase> all;
  for (const Op& op : all_ops()) {
    if (op.op_class == OpClass::gradient) continue;
    for (Element element : {Element::f32, Element::f64}) all.push_back({&op, element});
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Ops, VectorizeOp, ::testing::ValuesIn(cases()), [](const auto& info) {
  return std::string(info.param.op->name) + (info.param.element == Element::f64 ? "_f64" : "_f32");
});

}  // namespace
}  // namespace nnc
