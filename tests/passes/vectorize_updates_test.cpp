// Updates in place: optimizers with state, weights that are used twice, weights in the loss, gradients of gradients.
#include <gtest/gtest.h>

#include <algorithm>

#include "ir/graph/builder.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "passes/differentiate.h"
#include "passes/plan.h"
#include "passes/schedule.h"
#include "passes/vectorize.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

Value all_summed(Value x) {
  std::vector<int64_t> axes;
  for (int64_t axis = 0; axis < x.type().rank(); ++axis) axes.push_back(axis);
  return reduce_sum(x, axes);
}

Value weight(Graph& graph, const std::string& path, Shape shape) {
  return variable(graph, path, Type(Element::f32, std::move(shape)));
}

void yield_loss(Graph& graph, Value loss) { graph.results.push_back({ResultKind::loss, "loss", loss.id}); }
void update(Graph& graph, const std::string& path, Value next) {
  graph.results.push_back({ResultKind::update, path, next.id});
}

void add_adam(Graph& graph, Value loss, Value w, const std::string& path) {
  const Shape& shape = w.type().shape;
  Value g = gradient(loss, w), m = weight(graph, path + ".m", shape), v = weight(graph, path + ".v", shape);
  Value step = cast(input(graph, InputRole::step, "step", Type::scalar(Element::i32)), Element::f32);
  Value correction = 1.0 - binary("power", constant(graph, 0.9, Element::f32), step);
  Value m1 = m * 0.9 + g * 0.1, v1 = v * v * 0.999 + g * g * 0.001;
  Value rate = broadcast_scalar(constant(graph, 0.01, Element::f32) / correction, shape);
  update(graph, path + ".m", m1);
  update(graph, path + ".v", v1);
  update(graph, path, w - rate * m1 / (unary("sqrt", v1) + 1e-3));
}

void expect_as_interpreted(const Graph& with_gradients) {
  Graph graph = differentiate(with_gradients);
  Tensors inputs = sample_inputs(graph, 6, 9);
  Tensors expected = interpret(graph, inputs, 6);
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    Tensors first = run_nests(lowered(graph, options_for(tier, 6, true)), graph, inputs, 6);
    EXPECT_EQ(difference(expected, first, 3e-5), "") << spelling(tier);
    for (int64_t limit : {0, 2, 5, 9}) {
      NestProgram program = lowered(graph, options_for(tier, 6, true, limit));
      EXPECT_EQ(difference(first, run_nests(program, graph, inputs, 6), 0), "")
          << spelling(tier) << ", limit " << limit;
    }
    NestProgram any = lowered(graph, options_for(tier, 9, false));
    EXPECT_EQ(difference(first, run_nests(any, graph, inputs, 6), 0), "") << spelling(tier) << ", rows at run time";
  }
}

Value batch(Graph& graph, int64_t width) {
  return input(graph, InputRole::column, "column.x", Type(Element::f32, {Dim::rows(), width}));
}

TEST(VectorizeUpdates, AdamKeepsItsMoments) {
  Graph graph("train");
  Value W = weight(graph, "net.W", {7, 5}), b = weight(graph, "net.b", {5});
  std::vector<int64_t> last{1};
  Value y = contract(batch(graph, 7), W, "b i, i o -> b o");
  y = unary("tanh", y + broadcast(b, y.type().shape, last));
  Value loss = all_summed(y * y);
  yield_loss(graph, loss);
  add_adam(graph, loss, W, "net.W");
  add_adam(graph, loss, b, "net.b");
  expect_as_interpreted(graph);
}

TEST(VectorizeUpdates, TiedWeightsAreReadBeforeTheyChange) {
  Graph graph("train");
  Value W = weight(graph, "net.W", {9, 4});
  Value h = unary("tanh", contract(batch(graph, 9), W, "b i, i o -> b o"));
  Value y = contract(h, W, "b o, i o -> b i");
  Value loss = all_summed(y * y);
  yield_loss(graph, loss);
  update(graph, "net.W", W - gradient(loss, W) * 0.1);
  expect_as_interpreted(graph);
}

TEST(VectorizeUpdates, AWeightInTheLossIsTheOldOne) {
  Graph graph("train");
  Value W = weight(graph, "net.W", {9, 4});
  Value y = contract(batch(graph, 9), W, "b i, i o -> b o");
  Value loss = all_summed(y * y) + all_summed(W * W) * 0.5;
  yield_loss(graph, loss);
  Value next = W - gradient(loss, W) * 0.1;
  update(graph, "net.W", next);
  graph.results.push_back({ResultKind::value, "before", all_summed(W).id});
  graph.results.push_back({ResultKind::value, "after", all_summed(next).id});
  expect_as_interpreted(graph);
}

TEST(VectorizeUpdates, AGradientOfAGradientTrains) {
  Graph graph("train");
  Value W = weight(graph, "net.W", {9, 4});
  Value y = unary("tanh", contract(batch(graph, 9), W, "b i, i o -> b o"));
  Value g = gradient(all_summed(y * y), W);
  Value loss = all_summed(g * g);
  yield_loss(graph, loss);
  update(graph, "net.W", W - gradient(loss, W) * 0.01);
  expect_as_interpreted(graph);
}

/// A norm of all gradients: every update waits for it.
TEST(VectorizeUpdates, SmallOnesThatWaitForAllGradientsAreOneKernel) {
  Graph graph("train");
  std::vector<int64_t> last{1};
  std::vector<Value> weights{weight(graph, "net.W", {7, 5}), weight(graph, "net.b", {5}), weight(graph, "net.c", {5}),
                             weight(graph, "net.V", {70, 3})};
  Value y = contract(batch(graph, 7), weights[0], "b i, i o -> b o");
  y = unary("tanh", y + broadcast(weights[1], y.type().shape, last) * broadcast(weights[2], y.type().shape, last));
  Value loss = all_summed(y * y) + all_summed(weights[3] * weights[3]);
  yield_loss(graph, loss);
  Value squares = constant(graph, 0, Element::f32);
  for (const Value& w : weights) {
    Value g = gradient(loss, w);
    squares = squares + all_summed(g * g);
  }
  Value shrink = 0.1 / (unary("sqrt", squares) + 1.0);
  for (const auto& [w, path] :
       {std::pair{weights[0], "net.W"}, {weights[1], "net.b"}, {weights[2], "net.c"}, {weights[3], "net.V"}}) {
    Value v = weight(graph, std::string(path) + ".v", w.type().shape);
    Value next = v * 0.9 + gradient(loss, w) * broadcast_scalar(shrink, w.type().shape);
    update(graph, std::string(path) + ".v", next);
    update(graph, path, w - next);
  }
  expect_as_interpreted(graph);
  NestProgram program = lowered(differentiate(graph), options_for(Tier::avx2, 6, true));
  auto writes = [&](const Stage& stage, const std::string& path) {
    const auto* call = std::get_if<Call>(&stage);
    return call != nullptr &&
           std::any_of(call->arguments.begin(), call->arguments.end(),
                       [&](const Argument& argument) { return program.buffers[argument.buffer].name == path + ".v"; });
  };
  auto call_of = [&](const std::string& path) {
    return std::find_if(program.stages.begin(), program.stages.end(), [&](const Stage& s) { return writes(s, path); });
  };
  EXPECT_EQ(call_of("net.W"), call_of("net.b"));
  EXPECT_EQ(call_of("net.b"), call_of("net.c"));
  EXPECT_NE(call_of("net.V"), call_of("net.b"));  // 210 elements
}

TEST(VectorizeUpdates, AKernelOfUpdatesRunsThemInTheOrderOfItsNodes) {
  Graph graph = parse_graph(R"(graph g {
  %a = variable {path = "a"} : f32[4]
  %b = variable {path = "b"} : f32[4]
  %c = variable {path = "c"} : f32[6]
  %t = reverse(%b) {axis = 0} : f32[4]
  %n = add(%a, %t) : f32[4]
  %m = tanh(%b) : f32[4]
  %p = pad(%m) {axis = 0, low = 1, high = 1, interior = 0, edge = 0, value = 0.0} : f32[6]
  %q = add(%c, %p) : f32[6]
  update a = %n
  update b = %m
  update c = %q
})",
                            "x.nnir");
  Partition partition;
  partition.graph = graph;
  std::vector<NodeId> nodes;
  for (NodeId id : graph.reachable()) {
    if (graph.node(id).op->op_class != OpClass::leaf) nodes.push_back(id);
  }
  partition.kernels.push_back({"together", KernelKind::updates, nodes, {}, {0, 1, 2}, "", {}});
  verify(partition);
  Tensors inputs = sample_inputs(graph, 1, 3);
  PassOptions options = options_for(Tier::avx2, 1, true);
  NestProgram program = plan(vectorize(schedule(partition, options), options));
  EXPECT_EQ(difference(interpret(graph, inputs, 1), run_nests(program, graph, inputs, 1), 1e-6), "");
}

TEST(VectorizeUpdates, VariablesThatTradePlaces) {
  Graph graph("train");
  Value a = weight(graph, "a", {11}), b = weight(graph, "b", {11}), c = weight(graph, "c", {11});
  std::vector<int64_t> turned{0};
  update(graph, "a", b);
  update(graph, "b", reverse(a, 0));
  update(graph, "c", reverse(c, 0) + a);
  expect_as_interpreted(graph);
}

TEST(VectorizeUpdates, RowsOfManyClasses) {
  for (int64_t classes : {1, 2, 3, 9, 16, 17, 26, 32, 33, 64, 100}) {
    Graph graph("train");
    Value W = weight(graph, "net.W", {5, classes});
    Value l = contract(batch(graph, 5), W, "b i, i o -> b o");
    std::vector<int64_t> last{1}, first{0};
    Value z = l - broadcast(stop_gradient(reduce_max(l, last)), l.type().shape, first);
    Value lse = unary("log", reduce_sum(unary("exp", z), last));
    Value p = z - broadcast(lse, l.type().shape, first);
    Value label = input(graph, InputRole::column, "column.y", Type(Element::i32, {Dim::rows()}));
    Value hot =
        binary("equal", broadcast(label, p.type().shape, first), iota(graph, Type(Element::i32, p.type().shape), 1));
    Value loss = -all_summed(select(hot, p, full(graph, 0, p.type())));
    yield_loss(graph, loss);
    update(graph, "net.W", W - gradient(loss, W) * 0.1);
    expect_as_interpreted(graph);
  }
}

}  // namespace
}  // namespace nnc
