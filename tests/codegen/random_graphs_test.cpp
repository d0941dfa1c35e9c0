// Random graphs through the whole pipeline: machine code gives the bits of the nest interpreter, in both kernel sets
// and on every tier that this machine runs. NNC_FUZZ_GRAPHS says how many (./dev fuzz graphs N).
#include <gtest/gtest.h>

#include <exception>

#include "codegen/jit.h"
#include "ir/interpret/race_check.h"
#include "ir/nest/nest_equal.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "passes/differentiate.h"
#include "passes/poll.h"
#include "support/error.h"
#include "tests/codegen/team_run.h"
#include "tests/fuzz/cases_to_run.h"
#include "tests/fuzz/random_graph.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

Tier tier_of(uint64_t seed) {
  Tier wanted = seed % 3 == 0 ? Tier::generic : seed % 3 == 1 ? Tier::avx2 : Tier::avx512;
  return runs_here(wanted) ? wanted : native_tier();
}

/// Wherever a step may poll, after hardly any work.
NestProgram with_many_polls(NestProgram program) {
  NestProgram polling = place_polls(std::move(program), 8);
  verify(polling);
  const std::string text = print(polling);
  if (!equal(parse_nests(text, "polling.nests"), polling)) internal_error("the text of polls does not read back");
  return polling;
}

/// Every kernel that can be shared is, by so many workers: those that wait at barriers alone, in whatever order, and
/// threads, give the bits of one.
std::string check_team(const Graph& graph, PassOptions options, const Tensors& inputs, int64_t rows, uint64_t seed,
                       const Tensors& alone) {
  options.workers = 2 + static_cast<int64_t>(seed % 4);
  options.least_shared_work = 0;
  NestProgram program = lowered(graph, options);
  if (seed / 2 % 2 == 0) program = with_many_polls(std::move(program));
  RaceCheck races(seed);
  NestInterpreter interpreter(program);
  interpreter.watch(&races);
  Tensors shuffled = run_nests(program, graph, inputs, rows, [&](StepArguments& a) { return interpreter.run(a); });
  std::string wrong = difference(alone, shuffled, 0);
  if (!wrong.empty() || program.workers == 1) return wrong;
  CompiledProgram code = compile(program);
  Tensors threads =
      run_nests(program, graph, inputs, rows, [&](StepArguments& a) { return testing::run_on_team(code, program, a); });
  return difference(alone, threads, 0);
}

std::string check(uint64_t seed, bool exact) {
  RandomGraphOptions options;
  options.max_nodes = seed % 4 == 0 ? 60 : 20;
  options.element = seed % 3 == 0 ? Element::f64 : Element::f32;
  options.trains = seed % 5 < 2;
  Graph graph = differentiate(random_graph(seed, options));
  int64_t rows = 1 + static_cast<int64_t>(seed % 9);
  Tensors inputs = random_inputs(graph, rows, seed);
  NestProgram program = lowered(graph, options_for(tier_of(seed), exact ? rows : 9, exact));
  if (seed / 2 % 2 == 0) program = with_many_polls(std::move(program));
  CompiledProgram code = compile(program, false, 1 + static_cast<int>(seed % 4));  // its code in so many parts
  Tensors compiled = run_nests(program, graph, inputs, rows, [&](StepArguments& a) { return code.run(a); });
  Tensors interpreted = run_nests(program, graph, inputs, rows);
  std::string wrong = difference(interpreted, compiled, 0);
  if (!wrong.empty() || seed % 5 != 2) return wrong;
  return check_team(graph, options_for(tier_of(seed), exact ? rows : 9, exact), inputs, rows, seed, interpreted);
}

TEST(RandomGraphs, MachineCodeGivesTheInterpretersBits) {
  const int first = first_case(), end = first + graphs_to_run();
  for (int seed = first; seed < end; ++seed) {
    std::string wrong;
    try {
      wrong = check(static_cast<uint64_t>(seed), seed % 2 == 0);
    } catch (const std::exception& error) {
      wrong = error.what();
    }
    EXPECT_EQ(wrong, "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace nnc
