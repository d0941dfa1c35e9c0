// Every node of every stage says which line of the program it comes from.
#include <gtest/gtest.h>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "passes/pipeline.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

constexpr const char* kProgram = R"(data d = table {
  x: f32[3]   = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 1, 0]]
  y: class(2) = [0, 1, 1, 0]
}
model net(x: f32[B, 3]) -> logit[B, 2] = x / 255 |> dense(5) |> relu |> dropout(0.2) |> dense(4) |> tanh |> dense(2)
train {
  data = d; batch = 2; epochs = 2
  loss = cross_entropy(net(x), y) + 0.01 * l2(net)
  metrics = {accuracy: accuracy(net(x), y)}
  optimizer = adam(cosine(0.01))
  clip = norm(1)
}
)";

/// Nodes without an origin, other than what a program names by a path.
std::string homeless(const Graph& graph) {
  std::string found;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    bool named = leaf_path(node) != nullptr;
    if (!named && graph.origins(id).empty()) found += std::string(node.op->name) + " " + to_string(node.type) + "\n";
  }
  return found;
}

TEST(Origins, EveryNodeOfEveryStageHasOne) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", kProgram);
  Session session(options);
  Graph graph = training_graph(session.bind_training());
  EXPECT_EQ(homeless(graph), "");
  PassOptions pass_options;
  pass_options.capacity = 2;
  pass_options.exact = true;
  int graphs = 0;
  PipelineObserver observer;
  observer.after = [&](const Pass& pass, const StageValue& value, bool) {
    const auto* stage = std::get_if<Graph>(&value);
    if (const auto* partition = std::get_if<Partition>(&value)) stage = &partition->graph;
    if (stage == nullptr) return;
    ++graphs;
    EXPECT_EQ(homeless(*stage), "") << pass.name;
  };
  NestProgram program = run_pipeline(graph, pass_options, observer);
  EXPECT_EQ(graphs, 6);
  for (const Kernel& kernel : program.kernels) EXPECT_FALSE(kernel.origins.empty()) << kernel.name;
}

TEST(Origins, WhatIsTakenOutOfALoopHasOne) {
  TempFolder folder;
  SessionOptions options;
  options.file = folder.write("p.nn", R"(
data d = table { x: f32[3, 2] = [[1, 2, 3, 4, 5, 6], [0, 1, 0, 1, 0, 1]]; y: f32[3, 2] = [[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 0]] }
layer steps(x: f32[B, T, I]) -> f32[B, T, 2] {
  enc = dense(2)
  scan h: f32[B, 2] = 0 for xt in x along T { next h = tanh(enc(xt) + (h |> dense(2))) }
}
model net(x: f32[B, 3, 2]) -> f32[B, 3, 2] = x |> steps
train { data = d; batch = 2; epochs = 2; loss = mse(net(x), y) }
)");
  Session session(options);
  PassOptions pass_options;
  pass_options.capacity = 2;
  PipelineObserver observer;
  observer.after = [&](const Pass& pass, const StageValue& value, bool) {
    if (const auto* stage = std::get_if<Graph>(&value)) {
      EXPECT_EQ(homeless(*stage), "") << pass.name;
    }
  };
  run_pipeline(training_graph(session.bind_training()), pass_options, observer);
}

}  // namespace
}  // namespace nnc
