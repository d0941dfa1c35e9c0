#include "passes/differentiate.h"

#include <gtest/gtest.h>

#include "ir/builder.h"
#include "ir/op.h"
#include "support/error.h"

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
  std::vector<Value> operands{input(graph, "y", Type::scalar(Element::f32))};
  Value y = graph.add(op_without_rule(), operands);
  graph.results.push_back({ResultKind::value, "g", gradient(y * x, x).id});
  EXPECT_NO_THROW(differentiate(graph));
}

}  // namespace
}  // namespace nnc
