// Steps that several workers run together: whole networks in the nest interpreter, worker by worker in shuffled order
// between barriers, with every byte's writers and readers on record.
#include <gtest/gtest.h>

#include "ir/interpret/race_check.h"
#include "ir/nest/team.h"
#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "passes/differentiate.h"
#include "passes/plan.h"
#include "passes/plan/barriers.h"
#include "passes/simplify.h"
#include "support/error.h"
#include "tests/golden/network.h"
#include "tests/gradients/check_slopes.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

Graph step_of(const std::string& name) { return simplify(differentiate(testing::golden_network(name))); }

NestProgram for_workers(const Graph& graph, Tier tier, int64_t rows, bool exact, int64_t workers) {
  PassOptions options = options_for(tier, rows, exact);
  options.workers = workers;
  options.least_shared_work = 0;
  return lowered(graph, options);
}

Tensors run_watched(const NestProgram& program, const Graph& graph, const Tensors& inputs, int64_t rows,
                    uint64_t seed) {
  RaceCheck races(seed);
  NestInterpreter interpreter(program);
  interpreter.watch(&races);
  return run_nests(program, graph, inputs, rows, [&](StepArguments& arguments) { return interpreter.run(arguments); });
}

void expect_bits_of_one(const std::string& name, int64_t rows) {
  const Graph graph = step_of(name);
  const Tensors inputs = network_inputs(graph, rows, 5);
  for (bool exact : {true, false}) {
    const int64_t capacity = exact ? rows : rows + 3;
    const Tensors alone = run_nests(for_workers(graph, Tier::avx2, capacity, exact, 1), graph, inputs, rows);
    for (int64_t workers : {2, 3, 4, 7, 8, 16}) {
      const NestProgram program = for_workers(graph, Tier::avx2, capacity, exact, workers);
      EXPECT_EQ(program.workers, workers);
      EXPECT_TRUE(is_shared(program));
      EXPECT_EQ(difference(alone, run_watched(program, graph, inputs, rows, static_cast<uint64_t>(workers)), 0), "")
          << workers << " workers";
    }
  }
}

TEST(Team, XorGivesTheBitsOfOneWorker) { expect_bits_of_one("xor_sgd", 4); }
TEST(Team, BostonGivesTheBitsOfOneWorker) { expect_bits_of_one("boston_l2_rmsprop", 5); }
TEST(Team, MnistGivesTheBitsOfOneWorker) { expect_bits_of_one("mnist_adam", 3); }

std::vector<size_t> barriers_of(const NestProgram& program) {
  std::vector<size_t> places;
  for (size_t i = 0; i < program.stages.size(); ++i) {
    if (std::holds_alternative<Barrier>(program.stages[i])) places.push_back(i);
  }
  return places;
}

/// `races`: without each of them two workers touch the same byte at these sizes. The verifier, which sees whole
/// buffers, may ask for more barriers.
void expect_each_barrier_needed(const std::string& name, int64_t rows, bool races) {
  const Graph graph = step_of(name);
  const Tensors inputs = network_inputs(graph, rows, 5);
  const NestProgram whole = for_workers(graph, Tier::avx2, rows, true, 4);
  const std::vector<size_t> barriers = barriers_of(whole);
  ASSERT_GE(barriers.size(), 3U);
  verify(whole);
  for (size_t barrier : barriers) {
    NestProgram without = whole;
    without.stages.erase(without.stages.begin() + static_cast<std::ptrdiff_t>(barrier));
    std::string refusal;
    try {
      verify(without);
    } catch (const InternalError& error) {
      refusal = error.what();
    }
    EXPECT_NE(refusal.find("needs a barrier before it"), std::string::npos) << "stage " << barrier << refusal;
    if (!races) continue;
    EXPECT_THROW(run_watched(without, graph, inputs, rows, 1), InternalError) << "stage " << barrier << ": " << refusal;
  }
}

TEST(Team, BostonNeedsEachOfItsBarriers) { expect_each_barrier_needed("boston_l2_rmsprop", 5, false); }
TEST(Team, MnistNeedsEachOfItsBarriers) { expect_each_barrier_needed("mnist_adam", 4, true); }

// A kernel that was verified for three workers is not for two.
TEST(Team, KernelsAreVerifiedAnewForOtherWorkers) {
  const NestProgram three = for_workers(step_of("mnist_adam"), Tier::avx2, 4, true, 3);
  NestProgram two = three;
  two.workers = 2;
  verify(three, &three);
  EXPECT_THROW(verify(two, &three), InternalError);
}

TEST(Team, LittleWorkIsLeftToOneWorker) {
  PassOptions options = options_for(Tier::avx2, 4, true);
  options.workers = 8;
  const NestProgram program = lowered(step_of("xor_sgd"), options);
  EXPECT_EQ(program.workers, 1);
  EXPECT_FALSE(is_shared(program));
}

TEST(Team, TextOfSharedLoopsReadsBack) {
  const NestProgram program = for_workers(step_of("mnist_adam"), Tier::avx512, 4, true, 3);
  const std::string text = print(program);
  EXPECT_NE(text.find("workers 3"), std::string::npos);
  EXPECT_NE(text.find(" shares 3 {"), std::string::npos);
  EXPECT_NE(text.find("barrier"), std::string::npos);
  EXPECT_EQ(print(parse_nests(text, "team.nests")), text);
}

/// A kernel of one shared loop over 8 elements, with this body, as text.
std::string kernel_text(const std::string& registers, const std::string& body, const std::string& shares = "2") {
  return "nests t {\n  target avx2\n  capacity 1 exact\n  workers 2\n"
         "  buffer x : temporary f32[8]\n  buffer y : temporary f32[8]\n  buffer z : temporary f32[8] per_worker\n"
         "  kernel k(x: in out f32[8], y: in f32[8], z: in out per_worker f32[8]) {\n" +
         registers + "    parallel i in 0..8 shares " + shares + " {\n" + body + "    }\n  }\n  call k(x, y, z)\n}\n";
}

void expect_refused(const std::string& text, const std::string& reason) {
  try {
    parse_nests(text, "t");
    FAIL() << "not refused:\n" << text;
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find(reason), std::string::npos) << failure.what();
  }
}

TEST(Team, SharedLoopsOfWhichAWorkerReadsWhatAnotherWritesAreRefused) {
  const std::string own = "      store x[i] = load y[i] + load x[i]\n      store z[0] = load z[0]\n";
  EXPECT_EQ(parse_nests(kernel_text("", own), "t").kernels.size(), 1U);
  expect_refused(kernel_text("", "      store x[i] = load x[0]\n"), "may be at the same places of 'x'");
  expect_refused(kernel_text("", "      store x[0] = load y[i]\n"), "write the same places of 'x'");
  expect_refused(kernel_text("", own, "3"), "the loop 'i' has 3 shares, and there are 2 workers");
  expect_refused(kernel_text("    store x[0] = load y[0]\n", own), "every worker writes 'x' here");
  expect_refused(kernel_text("    register s: f32\n    s = 0\n", "      s = s + load y[i]\n      store x[i] = s\n"),
                 "the register 's' passes what a turn of a shared loop has left on");
}

TEST(Team, TilesOfOneKernelMayLieApartAlongOtherAxes) {
  auto tiles = [](const std::string& last_column) {
    return "nests t {\n  target avx2\n  capacity 1 exact\n  workers 2\n  buffer x : temporary f32[7, 9]\n"
           "  kernel k(x: out f32[7, 9]) {\n"
           "    parallel a in 0..1 shares 2 {\n      for m in 0..4 {\n        for n in 0..8 {\n"
           "          store x[a + m, n] = 1\n        }\n      }\n    }\n"
           "    parallel b in 4..5 shares 2 {\n      for o in 0..3 {\n        for p in 0..8 {\n"
           "          store x[b + o, p] = 2\n        }\n      }\n    }\n"
           "    parallel c in 0..1 shares 2 {\n      for q in 0..7 {\n        store x[c + q, " +
           last_column + "] = 3\n      }\n    }\n  }\n  call k(-> x)\n}\n";
  };
  EXPECT_EQ(parse_nests(tiles("8"), "t").kernels.size(), 1U);
  expect_refused(tiles("7"), "may be at the same places of 'x'");
}

/// A planned program in which x is copied to y by both workers, and then read.
std::string planned_text(const std::string& y, const std::string& stages) {
  return "nests t {\n  target avx2\n  capacity 1 exact\n  workers 2\n  arena 256\n"
         "  buffer x : temporary f32[16] offset 0 bytes 64\n  buffer y : temporary f32[16] " +
         y +
         "\n"
         "  kernel copy(a: in f32[16], b: out" +
         (y.ends_with("per_worker") ? " per_worker" : "") +
         " f32[16]) {\n"
         "    parallel i in 0..16 shares 2 {\n      store b[i] = load a[i]\n    }\n  }\n" +
         stages + "}\n";
}

TEST(Team, MemoryThatWorkersOfOneCallShareIsRefused) {
  const std::string call = "  call copy(x -> y)\n";
  EXPECT_EQ(parse_nests(planned_text("offset 64 bytes 64", call), "t").workers, 2);
  expect_refused(planned_text("offset 0 bytes 64", call), "writes 'x' or 'y', and they share memory");
  expect_refused(planned_text("offset 64 bytes 64", call + call), "needs a barrier before it");
  expect_refused(planned_text("offset 64 bytes 64 per_worker", call + "  barrier\n" + call),
                 "takes what every worker has of its own from another call");
}

TEST(Team, AProgramWithoutTemporariesGetsItsBarriersWhenItIsPlanned) {
  const std::string text =
      "nests t {\n  target avx2\n  capacity 1 exact\n  workers 2\n"
      "  buffer x : column f32[16]\n  buffer y : output f32[16]\n  buffer z : output 1 f32[16]\n"
      "  kernel copy(a: in f32[16], b: out f32[16]) {\n"
      "    parallel i in 0..16 shares 2 {\n      store b[i] = load a[i]\n    }\n  }\n"
      "  kernel turn(a: in f32[16], b: out f32[16]) {\n"
      "    parallel i in 0..16 shares 2 {\n      store b[i] = load a[15 - i]\n    }\n  }\n"
      "  call copy(x -> y)\n  call turn(y -> z)\n}\n";
  const NestProgram program = parse_nests(text, "t");
  std::string planned = print(plan(program));
  EXPECT_EQ(print(parse_nests(planned, "t")), planned);
  const std::string barrier = "  barrier\n";
  ASSERT_NE(planned.find(barrier), std::string::npos);
  expect_refused(planned.erase(planned.find(barrier), barrier.size()), "needs a barrier before it");
}

TEST(Team, ARepeatOfNoTurnIsNoBarrier) {
  const std::string call = "  call copy(x -> y)\n", none = "  repeat 0 {\n  }\n";
  NestProgram program = parse_nests(planned_text("offset 64 bytes 64", call + "  barrier\n" + none + call), "t");
  std::erase_if(program.stages, [](const Stage& stage) { return std::holds_alternative<Barrier>(stage); });
  place_barriers(program);
  verify(program);
  EXPECT_EQ(barriers_of(program).size(), 1U);
}

}  // namespace
}  // namespace nnc
