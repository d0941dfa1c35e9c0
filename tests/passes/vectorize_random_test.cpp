// Random graphs through fuse, vectorize and plan: the nest interpreter against the tensor interpreter, and the same
// bits for every fusion and both kernel sets.
#include <gtest/gtest.h>

#include "ir/print/text.h"
#include "tests/fuzz/cases_to_run.h"
#include "tests/fuzz/random_graph.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

/// So few that lowering often has to do without some of what it would hold in them.
constexpr int kFewRegisters = 4;

RandomGraphOptions options_of(uint64_t seed, Element element) {
  RandomGraphOptions options;
  options.max_nodes = seed % 4 == 0 ? 60 : 20;
  options.element = element;
  return options;
}

int64_t rows_of(uint64_t seed) { return 1 + static_cast<int64_t>(seed % 9); }

/// How the nests' values in f64 differ from the tensor interpreter's, or nothing.
std::string difference_in_double(uint64_t seed, Tier tier) {
  Graph graph = random_graph(seed, options_of(seed, Element::f64));
  int64_t rows = rows_of(seed);
  Tensors inputs = random_inputs(graph, rows, seed);
  Tensors values = run_nests(lowered(graph, options_for(tier, rows, true)), graph, inputs, rows);
  return difference(interpret(graph, inputs, rows, {.round = true}), values, 1e-10);
}

/// What is wrong with one graph, or nothing.
std::string check(uint64_t seed, Tier tier, bool& sensitive) {
  Element element = seed % 3 == 0 ? Element::f64 : Element::f32;
  Graph graph = random_graph(seed, options_of(seed, element));
  int64_t rows = rows_of(seed);
  Tensors inputs = random_inputs(graph, rows, seed);
  NestProgram exact = lowered(graph, options_for(tier, rows, true));
  Tensors values = run_nests(exact, graph, inputs, rows);
  Tensors any = run_nests(lowered(graph, options_for(tier, 9, false)), graph, inputs, rows);
  std::string wrong = difference(values, any, 0);
  if (!wrong.empty()) return "rows at run time: " + wrong;
  for (int64_t limit : {int64_t{0}, static_cast<int64_t>(seed % 7)}) {
    NestProgram other = lowered(graph, options_for(tier, rows, true, limit));
    wrong = difference(values, run_nests(other, graph, inputs, rows), 0);
    if (!wrong.empty()) return "fuse limit: " + wrong;
  }
  PassOptions crowded = options_for(tier, rows, true);
  crowded.target.vector_registers = kFewRegisters;
  wrong = difference(values, run_nests(lowered(graph, crowded), graph, inputs, rows), 0);
  if (!wrong.empty()) return "few registers: " + wrong;
  for (Tier other : {Tier::generic, Tier::avx2, Tier::avx512, Tier::neon}) {
    if (other != tier) lowered(graph, options_for(other, rows, true));  // fits the registers there too
  }
  if (element == Element::f64) return difference_in_double(seed, tier);
  // In f32 a comparison or floor near its edge may fall to the other side: then f64, where the edge is far, decides.
  sensitive = !difference(interpret(graph, inputs, rows, {.round = true}), values, 1e-3).empty();
  return sensitive ? difference_in_double(seed, tier) : "";
}

TEST(VectorizeRandom, GraphsKeepTheirBitsAndAreWhatTheTensorInterpreterComputes) {
  int count = graphs_to_run(), sensitive = 0;
  for (int seed = 1; seed <= count; ++seed) {
    Tier tier = seed % 5 == 0 ? Tier::generic : seed % 2 == 0 ? Tier::avx512 : Tier::avx2;
    bool differs = false;
    std::string wrong;
    try {
      wrong = check(static_cast<uint64_t>(seed), tier, differs);
    } catch (const std::exception& error) {
      wrong = error.what();
    }
    EXPECT_EQ(wrong, "") << "seed " << seed << ", " << spelling(tier);
    sensitive += differs ? 1 : 0;
  }
  EXPECT_LE(sensitive, count / 20 + 1);
}

}  // namespace
}  // namespace nnc
