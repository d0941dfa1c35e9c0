// Whole training steps, from the graph with gradients to nests: the nest interpreter against the tensor interpreter.
#include <gtest/gtest.h>

#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "passes/differentiate.h"
#include "passes/simplify.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

Value dense(Graph& graph, Value x, const std::string& path, int64_t in, int64_t out) {
  Value weights = variable(graph, path + ".W", Type(Element::f32, {in, out}));
  Value bias = variable(graph, path + ".b", Type(Element::f32, {out}));
  std::vector<int64_t> last{1};
  return contract(x, weights, "b i, i o -> b o") + broadcast(bias, {Dim::rows(), Dim(out)}, last);
}

Value mean(Value x) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < x.type().rank(); ++axis) axes.push_back(axis);
  return reduce_sum(x, axes) / size_of(*x.graph, product(x.type().shape).value(), Element::f32);
}

void add_sgd(Graph& graph, Value loss) {
  Value rate = cast(input(graph, InputRole::setting, "setting.lr", Type::scalar(Element::f64)), Element::f32);
  graph.results.push_back({ResultKind::loss, "loss", loss.id});
  for (NodeId id : graph.reachable()) {
    const Node node = graph.node(id);
    if (node.op->name != "variable") continue;
    Value weight = graph.value(id);
    Value next = weight - broadcast_scalar(rate, node.type.shape) * gradient(loss, weight);
    graph.results.push_back({ResultKind::update, *leaf_path(node), next.id});
  }
}

Value column(Graph& graph, const std::string& path, Element element, int64_t width) {
  Shape shape{Dim::samples()};
  if (width > 0) shape.push_back(Dim(width));
  return gather(input(graph, InputRole::column, path, Type(element, shape)),
                input(graph, InputRole::order, "order", Type(Element::i32, {Dim::rows()})));
}

Graph xor_graph() {
  Graph graph("train");
  Value x = column(graph, "column.xor.x", Element::f32, 2), y = column(graph, "column.xor.y", Element::f32, 1);
  Value hidden = unary("tanh", dense(graph, x, "net.dense_0", 2, 4));
  Value out = unary("sigmoid", dense(graph, hidden, "net.dense_1", 4, 1));
  Value error = out - y;
  add_sgd(graph, mean(error * error));
  return simplify(differentiate(graph));
}

Graph classifier_graph(int64_t in, int64_t hidden, int64_t classes) {
  Graph graph("train");
  Value x = cast(column(graph, "column.d.image", Element::u8, in), Element::f32) / 255.0;
  Value y = cast(column(graph, "column.d.label", Element::u8, 0), Element::i32);
  Value h = dense(graph, x, "net.dense_0", in, hidden);
  Value zero = full(graph, 0, h.type());
  h = select(binary("less_equal", h, zero), zero, h);
  Value l = dense(graph, h, "net.dense_1", hidden, classes);
  std::vector<int64_t> last{1}, first{0};
  Value z = l - broadcast(stop_gradient(reduce_max(l, last)), l.type().shape, first);
  Value lse = unary("log", reduce_sum(unary("exp", z), last));
  Value one_hot =
      cast(binary("equal", broadcast(y, l.type().shape, first), iota(graph, Type(Element::i32, l.type().shape), 1)),
           Element::f32);
  Value picked = reduce_sum(one_hot * (z - broadcast(lse, l.type().shape, first)), last);
  add_sgd(graph, -mean(picked));
  return simplify(differentiate(graph));
}

void expect_as_interpreted(const Graph& graph, int64_t rows, int64_t capacity, bool exact, Tier tier,
                           double tolerance = 2e-5) {
  Tensors inputs = sample_inputs(graph, rows, 7);
  NestProgram program = lowered(graph, options_for(tier, capacity, exact));
  Tensors expected = interpret(graph, inputs, rows);
  EXPECT_EQ(difference(expected, run_nests(program, graph, inputs, rows), tolerance), "") << spelling(tier);
}

TEST(VectorizeTraining, XorStepIsWhatTheTensorInterpreterComputes) {
  Graph graph = xor_graph();
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512, Tier::neon}) {
    expect_as_interpreted(graph, 4, 4, true, tier);
    expect_as_interpreted(graph, 3, 4, false, tier);
  }
}

TEST(VectorizeTraining, ClassifierStepIsWhatTheTensorInterpreterComputes) {
  Graph graph = classifier_graph(49, 21, 10);
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    expect_as_interpreted(graph, 25, 25, true, tier);
    expect_as_interpreted(graph, 1, 25, false, tier);
    expect_as_interpreted(graph, 19, 25, false, tier);
  }
}

TEST(VectorizeTraining, ExactAndRunTimeRowsGiveTheSameBits) {
  Graph graph = classifier_graph(17, 9, 5);
  for (Tier tier : {Tier::avx2, Tier::avx512}) {
    for (int64_t rows = 1; rows <= 29; rows += rows < 10 ? 1 : 6) {
      Tensors inputs = sample_inputs(graph, rows, static_cast<uint32_t>(rows));
      NestProgram exact = lowered(graph, options_for(tier, rows, true));
      NestProgram any = lowered(graph, options_for(tier, 32, false));
      EXPECT_EQ(difference(run_nests(exact, graph, inputs, rows), run_nests(any, graph, inputs, rows), 0), "")
          << rows << " rows, " << spelling(tier);
    }
  }
}

TEST(VectorizeTraining, NoFusionChangesABit) {
  Graph graph = classifier_graph(17, 9, 5);
  Tensors inputs = sample_inputs(graph, 7, 3);
  Tensors all = run_nests(lowered(graph, options_for(Tier::avx2, 7, true)), graph, inputs, 7);
  for (int64_t limit : {0, 1, 3, 7, 12}) {
    NestProgram program = lowered(graph, options_for(Tier::avx2, 7, true, limit));
    EXPECT_EQ(difference(all, run_nests(program, graph, inputs, 7), 0), "") << "fuse limit " << limit;
  }
}

}  // namespace
}  // namespace nnc
