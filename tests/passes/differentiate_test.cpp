#include "passes/differentiate.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/print/text.h"
#include "passes/simplify.h"
#include "support/error.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

/// An op whose record has no derivative rule and does not say that it cuts the path.
const Op& op_without_rule() {
  static const Op odd{.name = "odd", .arity = 1, .infer = [](std::span<const Type> operands, const Node&) -> Inferred {
                        return operands[0];
                      }};
  return odd;
}

TEST(Differentiate, AMissingRuleIsSaidAtTheNodesOrigin) {
  Graph graph("g");
  Value x = variable(graph, "x", Type::scalar(Element::f32));
  std::vector<Value> operands{x};
  Value y = graph.add(op_without_rule(), operands);
  graph.add_origin(y.id, Origin{"net.nn", 7, 3, ""});
  graph.results.push_back({ResultKind::value, "g", gradient(y, x).id});
  try {
    differentiate(graph);
    FAIL() << "a silent zero";
  } catch (const Unsupported& error) {
    EXPECT_NE(std::string(error.what()).find("net.nn:7:3"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("odd"), std::string::npos) << error.what();
  }
}

TEST(Differentiate, AMissingRuleBesideThePathDoesNotMatter) {
  Graph graph("g");
  Value x = variable(graph, "x", Type::scalar(Element::f32));
  std::vector<Value> operands{input(graph, InputRole::column, "y", Type::scalar(Element::f32))};
  Value y = graph.add(op_without_rule(), operands);
  graph.results.push_back({ResultKind::value, "g", gradient(y * x, x).id});
  EXPECT_NO_THROW(differentiate(graph));
}

/// Three steps of w − 0.1 · d(w²)/dw: w shrinks by a fifth each, and so does its slope by the start.
TEST(Differentiate, ABodyMayAskForGradientsOfItsOwn) {
  std::ostringstream text;
  text << std::ifstream(NNC_SOURCE_DIR "/tests/golden/differentiate/gradient_within_a_body.nnir").rdbuf();
  Graph graph = differentiate(parse_graph(text.str(), "gradient_within_a_body"));
  Tensors inputs{{"start", Tensor{Type::scalar(Element::f64), {2.0}}}};
  Tensors expected = interpret(graph, inputs, 1);
  EXPECT_NEAR(expected.at("last").number(0), 2 * 0.8 * 0.8 * 0.8, 1e-14);
  EXPECT_NEAR(expected.at("d").number(0), 0.8 * 0.8 * 0.8, 1e-14);
  Graph simple = simplify(graph);
  EXPECT_EQ(
      difference(expected, run_nests(lowered(simple, options_for(Tier::avx2, 1, true)), simple, inputs, 1), 1e-14), "");
}

}  // namespace
}  // namespace nnc
