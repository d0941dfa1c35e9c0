#include "tests/runtime/library_functions.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "codegen/jit.h"
#include "ir/graph/builder.h"
#include "ir/graph/op_attributes.h"
#include "passes/differentiate.h"
#include "passes/simplify.h"
#include "tests/frontend/programs.h"
#include "tests/passes/nest_run.h"

namespace nnc::test {

namespace {

std::string function_text(const std::string& expression, const Arguments& arguments) {
  std::string list;
  for (const auto& [name, given] : arguments)
    list += fmt::format("{}{}: f32{}", list.empty() ? "" : ", ", name, given.axes);
  return fmt::format("fn f({}) = {}\n", list, expression);
}

/// "value", and where it depends on `by`, "slopes".
Graph graph_of(const std::string& text, const std::string& by, Element precision) {
  Overrides overrides;
  overrides.precision = precision;
  testing::CheckedText checked = testing::check_text(text, overrides);
  Bound bound = testing::bind_text(checked);
  if (bound == nullptr) throw std::runtime_error(text + checked.rendered());
  Graph graph = lower_function(*bound, "f");
  Value x, value = graph.result("value");
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (node.op->name == "input" && *leaf_path(node) == by) x = graph.value(id);
  }
  graph.results = {{ResultKind::value, "value", value.id}};
  if (x) {
    std::vector<int64_t> axes;
    for (int64_t axis = 0; axis < value.type().rank(); ++axis) axes.push_back(axis);
    graph.results.push_back({ResultKind::value, "slopes", gradient(reduce_sum(value, axes), x).id});
  }
  return simplify(differentiate(graph));
}

}  // namespace

Found run_function(const std::string& expression, const Arguments& arguments, const std::string& by,
                   Element precision) {
  Graph graph = graph_of(function_text(expression, arguments), "argument." + by, precision);
  Tensors inputs;
  for (NodeId id : graph.reachable()) {
    const Node& node = graph.node(id);
    if (node.op->name != "input") continue;
    const std::string path(*leaf_path(node));
    const Reals& numbers = arguments.at(path.substr(path.find('.') + 1)).numbers;
    inputs[path] = {node.type, std::vector<double>(numbers.begin(), numbers.end())};
  }
  Tier tier = Tier::generic;
  for (Tier wider : {Tier::avx2, Tier::avx512}) tier = runs_here(wider) ? wider : tier;
  NestProgram program = lowered(graph, options_for(tier, 1, true));
  CompiledProgram code = compile(program);
  Tensors results = run_nests(program, graph, inputs, 1, [&](StepArguments& step) { return code.run(step); });
  Found found{results.at("value").numbers(), {}};
  if (results.count("slopes") != 0) found.slopes = results.at("slopes").numbers();
  return found;
}

Real difference_slope(const std::function<Real(const Reals&)>& formula, Reals at, size_t place, Real step) {
  const Real middle = at[place];
  step *= std::max<Real>(1, std::fabs(middle));
  auto value = [&](Real turns) {
    at[place] = middle + turns * step;
    return formula(at);
  };
  return (8 * (value(1) - value(-1)) - (value(2) - value(-2))) / (12 * step);
}

void expect_close(const std::vector<double>& found, const Reals& wanted, double tolerance, const std::string& where) {
  ASSERT_EQ(found.size(), wanted.size()) << where;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const auto number = static_cast<double>(wanted[i]);
    EXPECT_NEAR(found[i], number, tolerance * std::max(1.0, std::fabs(number))) << where << " [" << i << "]";
  }
}

}  // namespace nnc::test
