// Buffer placement: no two live buffers share a byte, and the replay finds plans that are wrong.
#include "passes/plan.h"

#include <gtest/gtest.h>

#include "support/error.h"
#include "tests/fuzz/random_graph.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

TEST(Plan, LiveBuffersOfRandomGraphsShareNoByte) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    NestProgram program = lowered(random_graph(seed), options_for(Tier::avx2, 5, true));
    std::vector<Lifetime> lives = lifetimes(program);
    for (size_t a = 0; a < program.buffers.size(); ++a) {
      for (size_t b = 0; b < a; ++b) {
        const Buffer &first = program.buffers[a], &second = program.buffers[b];
        if (first.role != BufferRole::temporary || second.role != BufferRole::temporary) continue;
        if (!lives[a].used() || !lives[b].used() || !lives[a].meets(lives[b])) continue;
        EXPECT_TRUE(first.offset >= second.offset + second.bytes || second.offset >= first.offset + first.bytes)
            << "seed " << seed << ": " << first.name << " and " << second.name;
      }
    }
    EXPECT_GE(program.arena_bytes, largest_live_set(program));
  }
}

/// a → t0 → t1 → y, each by a kernel that copies.
NestProgram chain() {
  NestProgram program;
  program.target = Target::of(Tier::avx2);
  for (const char* name : {"a", "t0", "t1", "t2"}) {
    Buffer buffer;
    buffer.name = name;
    buffer.role = name[0] == 'a' ? BufferRole::variable : BufferRole::temporary;
    buffer.shape = {Dim(8)};
    buffer.strides = {1};
    buffer.bytes = 64;
    program.buffers.push_back(buffer);
  }
  Kernel copy;
  copy.name = "copy";
  copy.parameters = {{"from", Element::f32, {Dim(8)}, {1}, true, false},
                     {"to", Element::f32, {Dim(8)}, {1}, false, true}};
  program.kernels.push_back(copy);
  for (BufferId i = 0; i < 3; ++i) program.stages.emplace_back(Call{0, {Argument{i}, Argument{i + 1}}});
  return program;
}

TEST(Plan, NeighboursInAChainLieApartAndTheThirdReusesTheFirst) {
  NestProgram program = plan(chain());
  EXPECT_NE(program.buffers[1].offset, program.buffers[2].offset);
  EXPECT_EQ(program.buffers[1].offset, program.buffers[3].offset);
  EXPECT_EQ(program.arena_bytes, 128);
}

TEST(Plan, TheReplayFindsAReadOfAnOverwrittenValue) {
  NestProgram program = plan(chain());
  program.stages.emplace_back(Call{0, {Argument{1}, Argument{2}}});  // t0 again, where t2 lies now
  EXPECT_THROW(check_plan(program), InternalError);
}

TEST(Plan, TheReplayFindsAKernelThatWritesOverWhatItReads) {
  NestProgram program = plan(chain());
  program.buffers[2].offset = program.buffers[1].offset;
  EXPECT_THROW(check_plan(program), InternalError);
}

TEST(Plan, TheReplayFindsAVariableWrittenBeforeTheLossIsChecked) {
  NestProgram program = plan(chain());
  program.stages.emplace_back(Call{0, {Argument{3}, Argument{0}}});
  EXPECT_NO_THROW(check_plan(program));
  program.stages.emplace_back(FiniteCheck{3});
  EXPECT_THROW(check_plan(program), InternalError);
}

TEST(Plan, TheReplayFindsAReadOfAVariableAfterItsUpdate) {
  NestProgram program = chain();
  program.buffers[1].role = BufferRole::variable;  // a → W, then W → t1: which value of W is meant?
  std::swap(program.stages[0], program.stages[1]);
  program = plan(program);  // the old one, read first
  std::swap(program.stages[0], program.stages[1]);
  EXPECT_THROW(check_plan(program), InternalError);
  std::get<Call>(program.stages[1]).arguments[0].updated = true;
  EXPECT_NO_THROW(check_plan(program));
  std::swap(program.stages[0], program.stages[1]);
  EXPECT_THROW(check_plan(program), InternalError);
}

TEST(Plan, ThePeakIsPrintedBesideTheLargestLiveSet) {
  std::string text = describe_plan(plan(chain()));
  EXPECT_NE(text.find("arena 128 bytes, largest live set 128 bytes"), std::string::npos) << text;
}

}  // namespace
}  // namespace nnc
