// Where more large buffers live at once than a page has starts, the planner still finds each a place.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <vector>

#include "ir/graph/builder.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

TEST(Plan, PlacesMoreLargeBuffersThanAPageHasStarts) {
  Graph graph("many");
  Type square(Element::f32, {32, 32});
  Value x = input(graph, InputRole::column, "column.x", square);
  std::vector<Value> products;
  for (int i = 0; i < 80; ++i) {
    products.push_back(contract(x, variable(graph, fmt::format("w{}", i), square), "b i, i o -> b o"));
  }
  graph.results.push_back({ResultKind::value, "all", concat(products, 0).id});
  NestProgram program = lowered(graph, options_for(Tier::avx2, 1, true));
  EXPECT_GE(program.arena_bytes, 80 * 4096);
}

}  // namespace
}  // namespace nnc
