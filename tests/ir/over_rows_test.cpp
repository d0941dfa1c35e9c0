// A computation on one sample, done on every row: row by row what the tensor interpreter makes of the samples alone.
#include "ir/graph/over_rows.h"
#include "ir/graph/op_attributes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ir/graph/builder.h"
#include "ir/graph/samples.h"
#include "ir/interpret/interpret_graph.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "tests/fuzz/random_graph.h"

namespace nnc {
namespace {

constexpr int64_t kRows = 3;

/// The sample's text has no axis over a batch or a column of its own.
bool is_one_sample(const Graph& graph) {
  auto constant = [](const Dim& dim) { return dim.constant(); };
  std::vector<NodeId> nodes = graph.reachable();
  return std::all_of(nodes.begin(), nodes.end(), [&](NodeId id) {
    Shape sizes = graph.type(id).shape;
    if (const auto size = view_if<SizeAttributes>(graph.node(id))) sizes.push_back(size->dim);
    return std::all_of(sizes.begin(), sizes.end(), constant);
  });
}

std::vector<std::pair<std::string, NodeId>> leaves_of(const Graph& graph) {
  std::vector<std::pair<std::string, NodeId>> leaves;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (leaf_path(node) != nullptr) leaves.emplace_back(*leaf_path(node), id);
  }
  return leaves;
}

/// Row `row` of a tensor with kRows rows.
std::vector<double> row_of(const Tensor& tensor, int64_t row) {
  const std::vector<double> all = tensor.numbers();
  const int64_t size = tensor.count() / kRows;
  return {all.begin() + row * size, all.begin() + (row + 1) * size};
}

/// `repeated`: the leaf that is the same for every row, −1 for none.
std::string compare(const Graph& sample, int repeated, std::string& refused) {
  Graph batch = sample;
  auto leaves = leaves_of(sample);
  std::unordered_map<NodeId, Value> rows;
  for (size_t i = 0; i < leaves.size(); ++i) {
    if (static_cast<int>(i) == repeated) continue;
    const auto& [path, id] = leaves[i];
    Type type = sample.type(id);
    type.shape.insert(type.shape.begin(), Dim::rows());
    rows[id] = input(batch, InputRole::column, "rows." + path, type);
  }
  batch.results.clear();
  for (const Result& result : sample.results) {
    auto whole = over_rows(batch, result.node, rows);
    if (auto* name = std::get_if<std::string>(&whole)) {
      refused = *name;
      return "";
    }
    batch.results.push_back({ResultKind::value, result.name, std::get<Value>(whole).id});
  }
  verify(batch);
  Tensors inputs = random_inputs(batch, kRows, 5);
  Tensors got = interpret(batch, inputs, kRows);
  for (int64_t row = 0; row < kRows; ++row) {
    Tensors one;
    for (const auto& [path, id] : leaves) {
      auto found = inputs.find("rows." + path);
      one[path] = found == inputs.end() ? inputs.at(path) : Tensor{sample.type(id), row_of(found->second, row)};
    }
    for (const auto& [name, want] : interpret(sample, one, 1)) {
      const std::vector<double> found = row_of(got.at(name), row), wanted = want.numbers();
      for (size_t i = 0; i < found.size(); ++i) {
        bool same = found[i] == wanted[i] || (found[i] != found[i] && wanted[i] != wanted[i]);
        if (!same) return fmt::format("row {}, element {}: {}, not {}", row, i, found[i], wanted[i]);
      }
    }
  }
  return "";
}

TEST(OverRows, EveryOpDoesToEachRowWhatItDoesToOneSample) {
  std::set<std::string> refused;
  int compared = 0;
  for (const Op& op : all_ops()) {
    if (op.op_class == OpClass::random || op.op_class == OpClass::gradient) continue;
    for (const std::string& text : sample_graphs(op)) {
      Graph sample = parse_graph(text, std::string(op.name));
      if (!is_one_sample(sample)) continue;
      for (int repeated = -1; repeated < static_cast<int>(leaves_of(sample).size()); ++repeated) {
        std::string name;
        EXPECT_EQ(compare(sample, repeated, name), "") << text << "the same for all rows: " << repeated;
        if (name.empty())
          ++compared;
        else
          refused.insert(name);
      }
    }
  }
  EXPECT_GT(compared, 200);
  EXPECT_EQ(refused, (std::set<std::string>{"scan", "scatter_add", "tuple"}));
}

TEST(OverRows, ARandomNumberIsDrawnForEveryRowAnew) {
  Graph graph("g");
  Value seed = input(graph, InputRole::seed, "seed", Type(Element::i32, {2})),
        step = input(graph, InputRole::step, "step", Type::scalar(Element::i32));
  Value x = input(graph, InputRole::column, "x", Type(Element::f32, {4}));
  Value noisy = x + random_uniform(seed, step, "noise", x.type());
  auto whole = over_rows(graph, noisy.id,
                         {{x.id, input(graph, InputRole::column, "rows", Type(Element::f32, {Dim::rows(), 4}))}});
  graph.results.push_back({ResultKind::value, "noisy", std::get<Value>(whole).id});
  Tensors inputs = random_inputs(graph, kRows, 5);
  inputs.at("rows") = Tensor::zeros(inputs.at("rows").type);
  std::vector<double> values = interpret(graph, inputs, kRows).at("noisy").numbers();
  EXPECT_EQ(std::set<double>(values.begin(), values.end()).size(), static_cast<size_t>(4 * kRows));
}

TEST(OverRows, WhatNoSampleReachesIsRepeated) {
  Graph graph("g");
  Value x = input(graph, InputRole::column, "x", Type(Element::f32, {2})),
        w = variable(graph, "w", Type(Element::f32, {2}));
  Value rows = input(graph, InputRole::column, "rows", Type(Element::f32, {Dim::rows(), 2}));
  auto whole = over_rows(graph, unary("exp", w).id, {{x.id, rows}});
  EXPECT_EQ(to_string(std::get<Value>(whole).type()), "f32[B, 2]");
}

}  // namespace
}  // namespace nnc
