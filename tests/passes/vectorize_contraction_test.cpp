// Contractions of every form, shape and element type against the tensor interpreter.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <set>

#include "ir/graph/builder.h"
#include "passes/schedule/tiles.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

struct Product {
  const char* index;
  Shape a, b;
  const char* extents = "";
};

Graph graph_of(const Product& product, Element element) {
  Graph graph("g");
  Value y = contract(input(graph, InputRole::column, "a", Type(element, product.a)),
                     input(graph, InputRole::column, "b", Type(element, product.b)), product.index, product.extents);
  graph.results.push_back({ResultKind::value, "y", y.id});
  graph.results.push_back({ResultKind::value, "z", unary("tanh", y * 0.25).id});
  return graph;
}

void expect_as_interpreted(const Product& product) {
  for (Element element : {Element::f32, Element::f64}) {
    Graph graph = graph_of(product, element);
    double tolerance = element == Element::f64 ? 1e-12 : 1e-5;
    for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
      for (int64_t rows : {1, 4, 15}) {
        Tensors inputs = sample_inputs(graph, rows, 5);
        Tensors exact = run_nests(lowered(graph, options_for(tier, rows, true)), graph, inputs, rows);
        Tensors any = run_nests(lowered(graph, options_for(tier, 15, false)), graph, inputs, rows);
        std::string where = fmt::format("{} of {} and {}, {} rows, {}", product.index, to_string(product.a),
                                        to_string(product.b), rows, spelling(tier));
        EXPECT_EQ(difference(interpret(graph, inputs, rows), exact, tolerance), "") << where;
        EXPECT_EQ(difference(exact, any, 0), "") << where;
      }
    }
  }
}

TEST(VectorizeContraction, MatrixProductsOfOddSizes) {
  for (int64_t in : {1, 3, 17}) {
    for (int64_t out : {1, 3, 7, 17, 50}) {
      expect_as_interpreted({"b i, i o -> b o", {Dim::rows(), in}, {in, out}});
      expect_as_interpreted({"b o, i o -> b i", {Dim::rows(), out}, {in, out}});
      expect_as_interpreted({"b i, b o -> i o", {Dim::rows(), in}, {Dim::rows(), out}});
    }
  }
}

TEST(VectorizeContraction, OperandsInAnyOrderOfAxes) {
  expect_as_interpreted({"i b, i o -> o b", {9, Dim(6)}, {9, 11}});
  expect_as_interpreted({"i b, o i -> b o", {9, 6}, {11, 9}});
  expect_as_interpreted({"b i, o i -> o b", {Dim::rows(), 9}, {11, 9}});
  expect_as_interpreted({"h b i, h i o -> b h o", {3, Dim::rows(), 5}, {3, 5, 8}});
}

TEST(VectorizeContraction, VectorsScalarsAndOuterProducts) {
  expect_as_interpreted({"i, i -> ", {33}, {33}});
  expect_as_interpreted({"b, b -> ", {Dim::rows()}, {Dim::rows()}});
  expect_as_interpreted({"b, o -> b o", {Dim::rows()}, {9}});
  expect_as_interpreted({"b i, i -> b", {Dim::rows(), 17}, {17}});
  expect_as_interpreted({", o -> o", {}, {9}});
}

TEST(VectorizeContraction, NothingToSumGivesZero) {
  expect_as_interpreted({"b i, i o -> b o", {Dim::rows(), 0}, {0, 5}});
  expect_as_interpreted({"b i, o i -> b o", {Dim::rows(), 0}, {5, 0}});
}

TEST(VectorizeContraction, Windows) {
  expect_as_interpreted({"b c y+k x+l, o c k l -> b o y x", {Dim::rows(), 2, 6, 7}, {3, 2, 3, 3}, "y=4 x=5"});
  expect_as_interpreted({"b 2*y+k, k -> b y", {Dim::rows(), 9}, {3}, "y=4"});
}

TEST(VectorizeContraction, LongSumsRunInChunks) {
  expect_as_interpreted({"m k, k n -> m n", {3, 9001}, {9001, 5}});
  expect_as_interpreted({"m k, n k -> m n", {3, 9001}, {5, 9001}});
}

TEST(Tiles, FitTheRegistersAndSplitEvenly) {
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512, Tier::neon}) {
    Target target = Target::of(tier);
    for (int64_t rows : {1, 3, 7, 64, 100, 784}) {
      for (int64_t vectors : {1, 2, 3, 6, 49}) {
        Tile tile = choose_tile(target, {.rows = rows, .vectors = vectors});
        EXPECT_LE(tile.rows * tile.vectors + tile.vectors + 1, target.vector_registers);
        EqualBlocks blocks = equal_blocks(rows, tile.rows);
        EXPECT_EQ(blocks.large * blocks.size + blocks.small * (blocks.size - 1), rows);
      }
    }
  }
}

}  // namespace
}  // namespace nnc
