// Schedules: what is chosen is legal, what a person writes is obeyed or refused with the clause, and no clause changes
// a bit.
#include "passes/schedule.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "passes/fuse.h"
#include "passes/layout.h"
#include "passes/pipeline.h"
#include "passes/plan.h"
#include "passes/simplify.h"
#include "passes/vectorize.h"
#include "support/error.h"
#include "tests/fuzz/random_graph.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

constexpr const char* kProduct = R"(graph g {
  %x = input {path = "column.x"} : f32[100, 80]
  %W = variable {path = "W"} : f32[80, 50]
  %h = contract(%x, %W) {index = "b i, i o -> b o"} : f32[100, 50]
  %t = tanh(%h) : f32[100, 50]
  %e = exp(%t) : f32[100, 50]
  yield t = %t
  yield e = %e
}
)";
constexpr const char* kDot = R"(graph g {
  %x = input {path = "column.x"} : f32[64, 256]
  %W = variable {path = "W"} : f32[48, 256]
  %y = contract(%x, %W) {index = "b i, o i -> b o"} : f32[64, 48]
  yield y = %y
}
)";
constexpr const char* kChunks = R"(graph g {
  %x = input {path = "column.x"} : f32[20, 2500]
  %W = variable {path = "W"} : f32[2500, 37]
  %y = contract(%x, %W) {index = "b i, i o -> b o"} : f32[20, 37]
  %t = tanh(%y) : f32[20, 37]
  yield t = %t
}
)";
constexpr const char* kLong = R"(graph g {
  %x = input {path = "column.x"} : f32[3000, 40]
  %s = reduce_sum(%x) {axes = ints [0]} : f32[40]
  yield s = %s
}
)";
constexpr const char* kMap = R"(graph g {
  %x = input {path = "column.x"} : f32[12, 40]
  %b = variable {path = "b"} : f32[40]
  %bb = broadcast(%b) {axes = ints [1]} : f32[12, 40]
  %y = add(%x, %bb) : f32[12, 40]
  yield y = %y
}
)";
constexpr const char* kRows = R"(graph g {
  %x = input {path = "column.x"} : f32[100, 70]
  %m = reduce_max(%x) {axes = ints [1]} : f32[100]
  %mb = broadcast(%m) {axes = ints [0]} : f32[100, 70]
  %z = subtract(%x, %mb) : f32[100, 70]
  yield z = %z
}
)";
constexpr const char* kScatter = R"(graph g {
  %i = input {path = "column.i"} : i32[100]
  %r = input {path = "column.r"} : f32[100, 24]
  %t = scatter_add(%i, %r) {count = sizes [7]} : f32[7, 24]
  yield t = %t
}
)";

PassOptions avx2() { return options_for(Tier::avx2, 8, true); }

Partition scheduled(const char* text) { return schedule(fuse(layout(parse_graph(text, "x.nnir")), avx2()), avx2()); }

/// The text of a scheduled partition with one clause written otherwise.
std::string edited(const char* graph, const std::string& clause, const std::string& instead) {
  std::string text = print(scheduled(graph));
  size_t at = text.find(clause, text.find("  schedule "));
  EXPECT_NE(at, std::string::npos) << clause << " in\n" << text;
  return at == std::string::npos ? text : text.replace(at, clause.size(), instead);
}

NestProgram written(const std::string& text) {
  std::vector<const Pass*> passes{find_pass("vectorize"), find_pass("plan")};
  return std::get<NestProgram>(run_passes(parse_stage(text, "x.nnir"), passes, avx2()));
}

struct Edit {
  const char* name;
  const char* graph;
  const char* clause;
  const char* instead;
  const char* said = "";  ///< of one that is refused
};
void PrintTo(const Edit& edit, std::ostream* out) { *out << edit.name; }

class Refused : public testing::TestWithParam<Edit> {};

TEST_P(Refused, WithTheClauseAndTheReason) {
  const Edit& edit = GetParam();
  try {
    written(edited(edit.graph, edit.clause, edit.instead));
    FAIL() << edit.instead << " was taken";
  } catch (const Failure& failure) {
    const std::string said = failure.what();
    EXPECT_NE(said.find(edit.said), std::string::npos) << said;
    EXPECT_TRUE(said.starts_with("x.nnir:")) << said;
    EXPECT_NE(said.find(" |   schedule "), std::string::npos) << said;
    EXPECT_EQ(failure.code(), ExitCode::wrong_program);
  }
}

constexpr Edit kRefused[] = {
    {"TooManySums", kProduct, "tile b 4 o 3", "tile b 8 o 3", "tile: 27 vector registers would be alive at once"},
    {"TooManySumsOfOneLane", kProduct, "lanes o 8, tile b 4 o 3, last b 10", "serial, tile b 100 o 50",
     "tile: 5000 vector registers would be alive at once"},
    {"BlockLongerThanAChain", kChunks, "tile b 5 o 2, last b 10, chunk i 834, ",
     "block i 900, chunk i 834, epilogue memory, ", "block: a chunk has only 834"},
    {"TileOfNoLoop", kProduct, "tile b 4", "tile q 4", "tile: 'q' is no loop over results"},
    {"TileOfTheSum", kProduct, "tile b 4", "tile i 4", "tile: 'i' is no loop over results"},
    {"TileTwice", kProduct, "tile b 4 o 3", "tile b 4 b 3", "tile: the same loop stands twice"},
    {"TileBeyondTheLoop", kDot, "tile b 4 o 3", "tile b 4 o 49", "tile: 'o' has only 48"},
    {"LastTooLarge", kProduct, "last b", "last o", "last: 'o' is not the loop over the tile's rows"},
    {"OtherForm", kProduct, "form outer", "form dot", "form: the graph's order of summation is 'outer'"},
    {"NoForm", kProduct, "form outer, ", "", "form: the graph's order of summation is 'outer'"},
    {"FormOfAMap", kMap, "lanes i1 8", "form chain, lanes i1 8", "form: the kernel has no sum"},
    {"LanesThatAreNoPower", kProduct, "lanes o 8", "lanes o 6", "lanes: 6 is not 1, 2, 4"},
    {"LanesWiderThanAVector", kProduct, "lanes o 8", "lanes o 16", "lanes: 16 is not 1, 2, 4"},
    {"LanesOfTheSum", kProduct, "lanes o 8", "lanes i 8", "lanes: no loop 'i' of this kernel can run in lanes"},
    {"LanesOfADot", kDot, "lanes i 8", "lanes i 4", "lanes: the sum runs in lanes, whose number is part of its order"},
    {"FlatWithABias", kMap, "lanes i1 8", "lanes flat 8", "lanes: no loop 'flat'"},
    {"LanesOfNoAxis", kMap, "lanes i1 8", "lanes i2 8", "lanes: no loop 'i2'"},
    {"RowsOfTheTable", kScatter, "lanes i1 8", "lanes k 8", "lanes: no loop 'k'"},
    {"OtherChunk", kLong, "chunk r0 125", "chunk r0 1000", "chunk: the sum is cut as its length and the target say"},
    {"NoChunk", kLong, "chunk r0 125, ", "", "here 'chunk r0 125'"},
    {"ChunkOfAMap", kMap, "lanes i1 8", "lanes i1 8, chunk i0 4", "here no chunk"},
    {"EpilogueOfADot", kDot, "tile b", "epilogue memory, tile b", "epilogue: only a contraction of form outer"},
    {"BlockOfADot", kDot, "tile b", "block i 64, tile b", "block: only a contraction of form outer"},
    {"BlockOfAResult", kProduct, "parallel", "block b 10, epilogue memory, parallel", "block: the summed loop is 'i'"},
    {"BlockTooLong", kProduct, "parallel", "block i 81, epilogue memory, parallel", "block: the loop has only 80"},
    {"BlockInRegisters", kProduct, "parallel", "block i 8, parallel", "block: the sums wait in memory"},
    {"BlockOfRows", kProduct, "parallel", "block i 20 b 24, epilogue memory, parallel",
     "block: the loop in lanes is 'o'"},
    {"BlockOfHalfATile", kProduct, "parallel", "block i 20 o 12, epilogue memory, parallel",
     "block: 12 is no multiple"},
    {"BlockTooWide", kProduct, "parallel", "block i 20 o 240, epilogue memory, parallel", "block: the loop has only"},
    {"BlockOfTwoAxes", kMap, "lanes i1 8", "lanes i1 1, block i1 4 i0 2",
     "block: only a contraction has blocks of two"},
    {"BlockOfAMap", kMap, "lanes i1 8", "lanes i1 8, block i0 4", "block: a map's blocks are of the loop"},
    {"TileOfAMap", kMap, "lanes i1 8", "lanes i1 8, tile i0 4", "tile: only a contraction has tiles"},
    {"LongRowInRegisters", kRows, "lanes k 8", "lanes k 8, row registers", "row: only a short row"},
    {"RowOfAMap", kMap, "lanes i1 8", "lanes i1 8, row registers", "row: only a short row"},
    {"NothingToRecompute", kMap, "lanes i1 8", "lanes i1 8, recompute", "recompute: no value is used by several"},
    {"ParallelSum", kProduct, "parallel b", "parallel i",
     "parallel: turns of 'i' would write one place or share a sum"},
    {"PartsWithoutThreads", kProduct, "parallel b", "parallel b 2",
     "parallel: 2 parts need as many threads, and there is 1"},
    {"NoParts", kProduct, "parallel b", "parallel b 0", "a size is at least 1"},
    {"ParallelLoopOfNoKernel", kMap, "parallel i0", "parallel i7", "parallel: this kernel has no loop 'i7'"},
    {"ParallelPlaces", kScatter, "lanes i1 8", "lanes i1 8, parallel i0", "parallel: turns of 'i0' would write"},
    {"NeitherLanesNorSerial", kMap, "lanes i1 8, ", "", "lanes: neither 'lanes LOOP N' nor 'serial'"},
    {"ClauseTwice", kMap, "lanes i1 8", "lanes i1 8, lanes i1 8", "the clause 'lanes' stands twice"},
    {"UnknownClause", kMap, "lanes i1 8", "lane i1 8", "a schedule has no clause 'lane'"},
    {"SizeOfNothing", kMap, "lanes i1 8", "lanes i1 0", "a size is at least 1"},
};
INSTANTIATE_TEST_SUITE_P(Schedules, Refused, testing::ValuesIn(kRefused),
                         [](const auto& info) { return std::string(info.param.name); });

/// Where, what was found, what would be right.
TEST(Schedule, ARefusalShowsTheClauseInItsLine) {
  auto said = [](const std::string& text) {
    try {
      written(text);
    } catch (const Failure& failure) {
      return std::string(failure.what());
    }
    return std::string();
  };
  EXPECT_EQ(
      said(edited(kMap, "lanes i1 8", "lanes i2 8")),
      "x.nnir:12:12: error: the schedule of kernel 'forward_y': lanes: no loop 'i2' of this kernel can run in lanes\n"
      "   12 |   schedule lanes i2 8, parallel i0\n"
      "      |            ^~~~~~~~~~\n"
      " help: the pass 'schedule' chooses here: lanes i1 8, parallel i0\n");
  EXPECT_EQ(said(edited(kMap, "parallel", "paralel")),
            "x.nnir:12:24: error: a schedule has no clause 'paralel'; the clauses are form, serial, lanes, tile, last, "
            "chunk, block, epilogue, row, recompute, parallel\n"
            "   12 |   schedule lanes i1 8, paralel i0\n"
            "      |                        ^~~~~~~\n"
            " help: did you mean 'parallel'?\n");
  std::string unknown = edited(kMap, "lanes i1 8", "lanes i1 9");
  EXPECT_EQ(said(unknown).find("compiled for"), std::string::npos) << said(unknown);
  const std::string bare = unknown.substr(unknown.find("graph "));
  EXPECT_NE(
      said(bare).find("note: the text does not say what it is compiled for and is taken for avx2, exactly 8 rows"),
      std::string::npos)
      << said(bare);
}

class Obeyed : public testing::TestWithParam<Edit> {};

/// Another legal schedule writes other loops, which make the same bits.
TEST_P(Obeyed, ToTheSameBits) {
  const Edit& edit = GetParam();
  Graph graph = parse_graph(edit.graph, "x.nnir");
  Tensors inputs = sample_inputs(graph, 8, 3);
  NestProgram chosen = written(print(scheduled(edit.graph)));
  NestProgram other = written(edited(edit.graph, edit.clause, edit.instead));
  EXPECT_NE(print(chosen), print(other));
  EXPECT_EQ(difference(run_nests(chosen, graph, inputs, 8), run_nests(other, graph, inputs, 8), 0), "");
}

constexpr Edit kObeyed[] = {
    {"SmallerTile", kProduct, "tile b 4 o 3", "tile b 3 o 1"},
    {"OtherLoopInLanes", kProduct, "lanes o 8, tile b 4 o 3, last b 10", "lanes b 8, tile o 3 b 2"},
    {"FewerLanes", kProduct, "lanes o 8", "lanes o 2"},
    {"EpilogueThroughMemory", kProduct, "parallel", "epilogue memory, parallel"},
    {"Blocks", kProduct, "parallel", "block i 20, epilogue memory, parallel"},
    {"BlocksOfTwoSizes", kProduct, "parallel", "block i 33, epilogue memory, parallel"},
    {"OneBlock", kProduct, "parallel", "block i 80, epilogue memory, parallel"},
    {"BlocksOfPanels", kProduct, "tile b 4 o 3, last b 10, ", "tile b 3 o 1, block i 33 o 16, epilogue memory, "},
    {"OneBlockOfPanels", kProduct, "tile b 4 o 3, last b 10, ", "tile b 3 o 1, block i 80 o 16, "},
    {"BlocksOfPanelsWithinChunks", kChunks, "tile b 5 o 2, last b 10, chunk i 834, ",
     "tile b 5 o 1, chunk i 834, block i 300 o 16, epilogue memory, "},
    {"BlocksWithinChunks", kChunks, "parallel", "block i 300, epilogue memory, parallel"},
    {"Recomputed", kProduct, "parallel", "recompute, parallel"},
    {"WithoutLast", kProduct, "last b 10, ", ""},
    {"OtherDotTile", kDot, "tile b 4 o 3", "tile b 2 o 5"},
    {"OneLane", kMap, "lanes i1 8", "lanes i1 1"},
    {"BlocksOfAnAxis", kMap, "lanes i1 8", "lanes i0 1, block i0 5"},
    {"OtherAxis", kMap, "lanes i1 8", "lanes i0 4"},
    {"ChainsInFewerLanes", kLong, "lanes i0 8", "lanes i0 4"},
};
INSTANTIATE_TEST_SUITE_P(Schedules, Obeyed, testing::ValuesIn(kObeyed),
                         [](const auto& info) { return std::string(info.param.name); });

/// A whole partition written by hand.
struct Written {
  const char* name;
  const char* text;
  const char* said;
};
void PrintTo(const Written& written, std::ostream* out) { *out << written.name; }
class KernelsRefused : public testing::TestWithParam<Written> {};

TEST_P(KernelsRefused, WithTheReason) {
  try {
    written(GetParam().text);
    FAIL() << "was taken";
  } catch (const Failure& failure) {
    const std::string said = failure.what();
    EXPECT_NE(said.find(GetParam().said), std::string::npos) << said;
    EXPECT_TRUE(said.starts_with("x.nnir:")) << said;
    EXPECT_NE(said.find(" | kernel "), std::string::npos) << said;
  }
}

constexpr Written kWritten[] = {
    {"SumsOfColumnsAsRows", R"(graph g {
  %x = input {path = "column.x"} : f32[40, 40]
  %s = reduce_sum(%x) {axes = ints [0], form = "chain"} : f32[40]
  yield s = %s
}

kernel k rows { %s } -> %s
  schedule form chain, lanes k 8
)",
     "kernel 'k': its nodes are no row space"},
    {"AnUpdateThatReadsAcross", R"(graph g {
  %W = variable {path = "W"} : f32[6, 6]
  %t = permute(%W) {order = ints [1, 0]} : f32[6, 6]
  %n = tanh(%t) : f32[6, 6]
  update W = %n
}

kernel k elementwise { %t %n } -> updates W
  schedule lanes i1 8
)",
     "kernel 'k': it overwrites 'W' and reads its old value at other elements"},
    {"MapsThatReadEachOther", R"(graph g {
  %V = variable {path = "V"} : f32[3, 4]
  %W = variable {path = "W"} : f32[4]
  %a = tanh(%W) : f32[4]
  %r = broadcast(%a) {axes = ints [1]} : f32[3, 4]
  %b = multiply(%V, %r) : f32[3, 4]
  update W = %a
  update V = %b
}

kernel k updates { %a %r %b } -> updates W V
  schedule lanes i0 4
)",
     "kernel 'k': it overwrites 'W' and reads its old value at other elements"},
    {"AnUpdateMadeElsewhere", R"(graph g {
  %V = variable {path = "V"} : f32[4]
  %x = input {path = "column.x"} : f32[4]
  %v = tanh(%V) : f32[4]
  %c = exp(%x) : f32[4]
  yield c = %c
  update V = %v
}

kernel a elementwise { %v } -> %v
  schedule lanes flat 4
kernel b elementwise { %c } -> %c updates V
  schedule lanes flat 4
)",
     "kernel 'b': it does not make the new value of 'V'"},
    {"AKernelThatStoresNothing", R"(graph g {
  %x = input {path = "column.x"} : f32[4]
  %c = exp(%x) : f32[4]
  yield c = %c
}

kernel a elementwise { %c } -> %c
  schedule lanes flat 4
kernel b elementwise { } ->
  schedule serial
)",
     "kernel 'b': it stores nothing"},
    {"StoresOfOtherAxes", R"(graph g {
  %x = input {path = "column.x"} : f32[40, 8]
  %e = exp(%x) : f32[40, 8]
  %s = reduce_sum(%e) {axes = ints [0], form = "chain"} : f32[8]
  yield s = %s
  yield e = %e
}

kernel k reduction { %e %s } -> %e %s
  schedule form chain, lanes i0 8
)",
     "kernel 'k': what it stores has other axes than what it runs over"},
    {"TheLossWithAnUpdate", R"(graph g {
  %w = variable {path = "w"} : f32[]
  %l = exp(%w) : f32[]
  %n = tanh(%w) : f32[]
  loss = %l
  update w = %n
}

kernel k elementwise { %l %n } -> %l updates w
  schedule serial
)",
     "kernel 'k': it stores the loss and updates a variable"},
};
INSTANTIATE_TEST_SUITE_P(Schedules, KernelsRefused, testing::ValuesIn(kWritten),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Schedule, WhatAPersonChoseStands) {
  const std::string text = edited(kProduct, "tile b 4 o 3", "tile b 3 o 1");
  std::vector<const Pass*> passes{find_pass("schedule")};
  EXPECT_EQ(print(run_passes(parse_stage(text, "x.nnir"), passes, avx2())), text);
}

TEST(Schedule, LoopsMayBeCalledLikeKeywords) {
  std::string text = kProduct;
  for (auto [from, to] : {std::pair{"\"b i, i o -> b o\"", "\"kernel i, i body -> kernel body\""}}) {
    text.replace(text.find(from), std::string(from).size(), to);
  }
  text = print(scheduled(text.c_str()));
  EXPECT_NE(text.find("tile kernel 4 body 3"), std::string::npos) << text;
  EXPECT_EQ(print(parse_partition(text, "x.nnir")), text);
}

/// Whatever elements a sum is made of, and whatever small updates stand together: what is chosen is taken.
TEST(Schedule, MixedElementsAndMixedUpdatesAreLegal) {
  const std::string terms = R"(graph g {
  %x = input {path = "column.x"} : f64[100, 50]
  %y = tanh(%x) : f64[100, 50]
  %c = cast(%y) : f32[100, 50]
  %s = REDUCE(%c) {axes = ints [AXIS]} : f32[SIZE]
  %t = exp(%s) : f32[SIZE]
  yield s = %s
  yield t = %t
})";
  const std::string updates = R"(graph g {
  %w = variable {path = "w"} : f32[]
  %m = variable {path = "m"} : f32[20]
  %v = variable {path = "v"} : f32[20]
  %p = variable {path = "p"} : f32[9]
  %n = exp(%w) : f32[]
  %a = tanh(%m) : f32[20]
  %b = exp(%a) : f32[20]
  %c = sin(%b) : f32[20]
  %d = multiply(%a, %b) : f32[20]
  %e = multiply(%d, %c) : f32[20]
  %f = add(%d, %e) : f32[20]
  %h = add(%f, %c) : f32[20]
  %i = multiply(%f, %e) : f32[20]
  %j = add(%h, %b) : f32[20]
  %k = add(%i, %h) : f32[20]
  %q = cos(%p) : f32[9]
  update w = %n
  update m = %j
  update v = %k
  update p = %q
})";
  std::vector<std::string> graphs{updates};
  for (const char* reduce : {"reduce_sum", "reduce_max"}) {
    for (auto [axis, size] : {std::pair{"0", "50"}, std::pair{"1", "100"}}) {
      std::string text = terms;
      for (auto [from, to] : {std::pair{"REDUCE", reduce}, {"AXIS", axis}, {"SIZE", size}, {"SIZE", size}}) {
        text.replace(text.find(from), std::string(from).size(), to);
      }
      graphs.push_back(text);
    }
  }
  for (const std::string& text : graphs) {
    Graph graph = parse_graph(text, "x.nnir");
    Tensors inputs = sample_inputs(graph, 1, 3), expected = interpret(graph, inputs, 1);
    for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512, Tier::neon}) {
      NestProgram program = lowered(graph, options_for(tier, 1, true));
      EXPECT_EQ(difference(expected, run_nests(program, graph, inputs, 1), 1e-5), "") << spelling(tier) << text;
    }
  }
  Partition together = scheduled(updates.c_str());
  ASSERT_EQ(together.kernels.size(), 1U) << print(together);
  EXPECT_EQ(together.kernels[0].kind, KernelKind::updates);
  EXPECT_TRUE(together.kernels[0].schedule->is_flat()) << print(together);
  EXPECT_EQ(together.kernels[0].schedule->vector_lanes(), 8);
}

/// What the verifier counts in the loops is never more than what is counted from the nodes.
TEST(Schedule, MoreThanTheRegistersHoldIsRefusedBeforeItIsWritten) {
  const char* shared = R"(graph g {
  %x = input {path = "column.x"} : f32[4000]
  %a = exp(%x) : f32[4000]
  %b = tanh(%a) : f32[4000]
  %c = multiply(%a, %b) : f32[4000]
  %s = reduce_sum(%c) {axes = ints [0]} : f32[]
  %t = exp(%s) : f32[]
  yield s = %s
  yield t = %t
}
)";
  Partition partition = scheduled(shared);
  for (KernelGroup& kernel : partition.kernels) kernel.schedule->recompute = false;
  PassOptions few = avx2();
  for (few.target.vector_registers = 3; few.target.vector_registers < 16; ++few.target.vector_registers) {
    try {
      check_schedules(partition, few);
    } catch (const Failure&) {
      continue;
    }
    EXPECT_NO_THROW(verify(plan(vectorize(partition, few)))) << few.target.vector_registers;
  }
}

size_t calls(const std::vector<Stage>& stages) {
  size_t count = 0;
  for (const Stage& stage : stages) {
    if (std::holds_alternative<Call>(stage)) ++count;
    if (const auto* repeat = std::get_if<Repeat>(&stage)) count += calls(repeat->stages);
  }
  return count;
}

TEST(Schedule, EveryKernelIsOneCall) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    RandomGraphOptions options;
    options.max_nodes = 60;
    Graph graph = random_graph(seed, options);
    PassOptions pass = options_for(seed % 2 == 0 ? Tier::avx512 : Tier::generic, 5, seed % 3 != 0);
    Partition partition = schedule(fuse(layout(simplify(graph)), pass), pass);
    bool scans = std::any_of(partition.kernels.begin(), partition.kernels.end(),
                             [](const KernelGroup& kernel) { return kernel.kind == KernelKind::scan; });
    if (scans) continue;  // stands for its body's calls and the copies of its states
    size_t empty = 0;     // nothing is written where a result has no element
    for (const KernelGroup& kernel : partition.kernels) {
      bool none = true;
      auto has_elements = [&](NodeId id) {
        const Shape& shape = partition.graph.type(id).shape;
        return std::none_of(shape.begin(), shape.end(), [](const Dim& dim) { return dim.count == 0; });
      };
      for (NodeId id : kernel.outputs) none = none && !has_elements(id);
      for (uint32_t update : kernel.updates) none = none && !has_elements(partition.graph.results[update].node);
      empty += none ? 1 : 0;
    }
    NestProgram program = vectorize(partition, pass);
    EXPECT_EQ(calls(program.stages) + empty, partition.kernels.size()) << seed << "\n" << print(partition);
  }
}

TEST(Schedule, APassThatNeedsOneSaysSo) {
  std::vector<const Pass*> passes{find_pass("layout"), find_pass("fuse"), find_pass("vectorize")};
  try {
    run_passes(parse_graph(kMap, "x.nnir"), passes, avx2());
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("run the pass 'schedule' before it"), std::string::npos);
  }
}

// What is read before it has schedules says nothing of those that the pass chooses.
TEST(Schedule, IsChosenForAFusedTextAsForTheGraph) {
  for (const char* text : {kRows, kProduct, kMap, kScatter}) {
    const std::string fused = print(fuse(layout(parse_graph(text, "x.nnir")), avx2()));
    const StageValue read = run_passes(parse_stage(fused, "x.nnir"), std::vector{find_pass("schedule")}, avx2());
    EXPECT_EQ(print(std::get<Partition>(read)), print(scheduled(text)));
  }
}

}  // namespace
}  // namespace nnc
