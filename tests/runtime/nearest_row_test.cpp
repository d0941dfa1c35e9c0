// `pick`, `W[t]` and `one_hot` take the nearest row where an index lies beyond the table, forward and backward: three
// spellings of one choice.
#include <gtest/gtest.h>

#include <numeric>

#include "codegen/jit.h"
#include "frontend/types/tensors.h"
#include "ir/graph/builder.h"
#include "ir/interpret/interpret_graph.h"
#include "passes/differentiate.h"
#include "runtime/weights/weights.h"
#include "tests/runtime/program_folder.h"

namespace nnc {
namespace {

constexpr int64_t kRows = 6, kClasses = 3;
const std::vector<double> kIndices{-2147483648.0, -1, 0, 2, 3, 2147483647.0};
const std::vector<double> kNearest{0, 0, 0, 2, 2, 2};

/// x[B, 3], W[3] and the rows t, with the typed operations over them.
struct Lookups {
  Graph graph{"lookups"};
  TensorBuilder build{&graph};
  TypedTensor x, table, integer, label;

  Lookups() {
    Size rows = Size::symbol("B");
    x = {TensorType(Base::f32, {{rows, "", false}, {Size(kClasses), "", false}}),
         input(graph, InputRole::column, "x", Type(Element::f32, {Dim::rows(), Dim(kClasses)}))};
    table = {TensorType(Base::f32, {{Size(kClasses), "", false}}),
             variable(graph, "W", Type(Element::f32, {kClasses}))};
    Value t = input(graph, InputRole::column, "t", Type(Element::i32, {Dim::rows()}));
    integer = {TensorType(Base::i32, {{rows, "", false}}), t};
    // A class that the data holds is looked at there; this one is computed.
    label = {TensorType(Base::label, {{rows, "", false}}), -(-t)};
    label.type.classes = Size(kClasses);
  }

  Value sum(Value value) const {
    std::vector<int64_t> axes;
    for (int axis = 0; axis < value.type().rank(); ++axis) axes.push_back(axis);
    return reduce_sum(value, axes);
  }

  Tensors evaluate() const {
    Tensors inputs;
    inputs["t"] = {Type(Element::i32, {Dim(kRows)}), kIndices};
    inputs["W"] = {Type(Element::f32, {Dim(kClasses)}), {10, 20, 30}};
    std::vector<double> x(kRows * kClasses);
    std::iota(x.begin(), x.end(), 0);
    inputs["x"] = {Type(Element::f32, {Dim(kRows), Dim(kClasses)}), x};
    return interpret(differentiate(graph), inputs, kRows);
  }
};

TEST(NearestRow, IsWhatEverySpellingOfALookupTakes) {
  Lookups lookups;
  TypedTensor picked = lookups.build.pick(lookups.x, lookups.integer),
              row = lookups.build.gather(lookups.table, lookups.integer);
  Value chosen = lookups.build.one_hot(lookups.label).node;
  lookups.graph.results = {{ResultKind::value, "picked", picked.node.id},
                           {ResultKind::value, "row", row.node.id},
                           {ResultKind::value, "chosen", chosen.id}};
  Tensors values = lookups.evaluate();
  const std::vector<double> found = values.at("picked").numbers(), rows = values.at("row").numbers(),
                            chosen_rows = values.at("chosen").numbers();
  for (size_t i = 0; i < kIndices.size(); ++i) {
    auto nearest = static_cast<size_t>(kNearest[i]);
    EXPECT_EQ(found[i], static_cast<double>(i * kClasses + nearest)) << kIndices[i];
    EXPECT_EQ(rows[i], 10.0 * static_cast<double>(nearest + 1)) << kIndices[i];
    for (size_t k = 0; k < kClasses; ++k) EXPECT_EQ(chosen_rows[i * kClasses + k], k == nearest ? 1 : 0) << kIndices[i];
  }
}

TEST(NearestRow, GetsTheGradientOfEverySpelling) {
  Lookups lookups;
  Graph& graph = lookups.graph;
  Value picked = lookups.sum(lookups.build.pick(lookups.x, lookups.integer).node);
  Value row = lookups.sum(lookups.build.gather(lookups.table, lookups.integer).node);
  graph.results = {{ResultKind::value, "by x", gradient(picked, lookups.x.node).id},
                   {ResultKind::value, "by W", gradient(row, lookups.table.node).id}};
  Tensors values = lookups.evaluate();
  EXPECT_EQ(values.at("by W").numbers(), (std::vector<double>{3, 0, 3}));
  const std::vector<double> by_x = values.at("by x").numbers();
  for (size_t i = 0; i < kIndices.size(); ++i) {
    for (size_t k = 0; k < kClasses; ++k) {
      double slope = static_cast<double>(k) == kNearest[i] ? 1 : 0;
      EXPECT_EQ(by_x[i * kClasses + k], slope) << kIndices[i];
    }
  }
}

/// The parameter w after a step of `w - slope` where the loss is the sum of what is looked up.
std::vector<double> trained(const std::string& lookup, SessionOptions options) {
  TempFolder folder;
  options.file = folder.write("p.nn",
                              "data d = table { x: f32 = [0, 0, 0, 0]; t: i32 = [-3, 1, 3, 2147483647] }\n"
                              "model net(x: f32[B], t: i32[B]) -> f32[B] {\n  param w: f32[3] = zeros\n  " +
                                  lookup +
                                  "\n}\ntrain { data = d; batch = 4; steps = 1; loss = sum(net(x, t))\n"
                                  "  optimizer = sgd(1.0) }\n");
  Session session(std::move(options));
  TrainRequest request;
  request.out_file = folder.path("w.safetensors");
  session.train(request);
  return read_weights(request.out_file).tensors.at("net.w").numbers();
}

TEST(NearestRow, IsTrainedOnEveryTierAndByTheInterpreter) {
  for (const char* lookup : {"x + w[t]", "pick(reshape(x, [B, 1]) + w, t)"}) {
    for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
      for (bool interpret : {false, true}) {
        SessionOptions options;
        options.tier = runs_here(tier) ? tier : native_tier();
        options.interpret = interpret;
        EXPECT_EQ(trained(lookup, options), (std::vector<double>{-1, -1, -2})) << lookup << spelling(tier) << interpret;
      }
    }
  }
}

}  // namespace
}  // namespace nnc
