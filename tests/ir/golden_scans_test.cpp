// Hand-written graphs under tests/golden/ir: interpreted and differentiated against the numbers in their comments
// ("# expect NAME = numbers"; "d PATH" is the gradient of `loss`), read back as printed, and differentiated twice.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "ir/graph/backward.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"
#include "ir/print/text.h"
#include "tests/ir/derivative_check.h"

namespace nnc {
namespace {

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(NNC_SOURCE_DIR "/tests/golden/ir")) {
    if (entry.path().extension() == ".nnir") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string contents(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Tensors golden_inputs() {
  Tensors inputs;
  inputs["x"] = {Type(Element::f64, {3}), {2, 3, 4}};
  inputs["x2"] = {Type(Element::f64, {2, 2}), {2, 3, 4, -2}};
  inputs["w"] = {Type(Element::f64, {}), {2}};
  return inputs;
}

/// The graph with the gradient of `loss` by every leaf as "d PATH".
Graph differentiated(Graph graph) {
  Value loss{&graph, graph.result("loss").id};
  std::vector<Value> leaves;
  for (NodeId id : graph.reachable()) {
    if (leaf_path(graph.node(id)) != nullptr) leaves.push_back(graph.value(id));
  }
  std::array seeds{Seed{loss, full(graph, 1, loss.type())}};
  std::vector<Value> gradients = pull_back(graph, seeds, leaves);
  for (size_t i = 0; i < leaves.size(); ++i) {
    std::string path = *leaf_path(graph.node(leaves[i].id));
    graph.results.push_back({ResultKind::value, "d " + path, gradients[i].id});
  }
  return graph;
}

class GoldenScan : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenScan, GivesTheNumbersOfItsComments) {
  std::string text = contents(GetParam());
  Graph graph = differentiated(parse_graph(text, GetParam().filename().string()));
  Tensors results = interpret(graph, golden_inputs(), 1);
  std::istringstream lines(text);
  int expectations = 0;
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kExpect = "# expect ";
    if (!line.starts_with(kExpect)) continue;
    size_t equals = line.find(" = ");
    std::string name = line.substr(kExpect.size(), equals - kExpect.size());
    std::istringstream numbers(line.substr(equals + 3));
    ASSERT_TRUE(results.contains(name)) << name;
    std::vector<double> expected;
    for (double number = 0; numbers >> number;) expected.push_back(number);
    EXPECT_EQ(results.at(name).numbers(), expected) << name;
    ++expectations;
  }
  EXPECT_GT(expectations, 0);
}

TEST_P(GoldenScan, ReadsBackDifferentiatedToo) {
  Graph graph = differentiated(parse_graph(contents(GetParam()), "golden"));
  std::string text = print(graph);
  Graph again = parse_graph(text, "again");
  EXPECT_TRUE(equivalent(graph, again));
  EXPECT_EQ(print(again), text);
}

TEST_P(GoldenScan, TheSecondDerivativeIsForwardModes) {
  Graph second = with_gradients(with_gradients(parse_graph(contents(GetParam()), "golden")));
  Tensors inputs = golden_inputs(), direction = golden_inputs();
  double reverse = reverse_slope(second, inputs, direction, 1);
  EXPECT_TRUE(agree(reverse, forward_slope(second, inputs, direction, 1), 1e-10));
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenScan, testing::ValuesIn(golden_files()),
                         [](const auto& info) { return info.param.stem().string(); });

}  // namespace
}  // namespace nnc
