// A step that is asked to stop while it runs: it is given up before its first write of a variable, or runs to its end.
// The stop flag lies where the step itself writes, so that it is set at a known moment.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "codegen/jit.h"
#include "ir/interpret/interpret_nests.h"
#include "ir/verify/verify.h"
#include "passes/poll.h"
#include "support/error.h"
#include "tests/codegen/nest_runner.h"
#include "tests/codegen/network_program.h"

namespace nnc::testing {
namespace {

struct Way {
  const char* name;
  int64_t (*run)(const NestProgram& program, StepArguments& arguments);
};
constexpr Way kWays[] = {
    {"compiled", [](const NestProgram& program, StepArguments& arguments) { return compile(program).run(arguments); }},
    {"interpreted",
     [](const NestProgram& program, StepArguments& arguments) { return interpret_nests(program, arguments); }}};

constexpr int64_t kTurns = 100;

Buffer placed(std::string name, BufferRole role, int64_t elements, int64_t offset) {
  return {std::move(name), role, Element::i32, {elements}, {1}, 0, offset, (elements * 4 + 63) / 64 * 64};
}

/// y[i] = step − 1 for 100 i, `before` times; then w := w + 1, and once more y. Loops poll after every ten turns.
NestProgram counting_step(bool polls, size_t before = 1) {
  Target target = Target::of(native_tier());
  NestProgram program;
  program.name = "counting";
  program.target = target;
  program.state_bytes = 64;
  program.arena_bytes = 448 * 3;
  program.buffers = {placed("y", BufferRole::temporary, kTurns, 0), placed("w", BufferRole::variable, 1, 0),
                     placed("step", BufferRole::step, 1, 0), placed("z", BufferRole::temporary, kTurns, 448),
                     placed("t", BufferRole::temporary, kTurns, 896)};
  program.buffers[2].bytes = 0;
  NestBuilder k("fill", target);
  ParameterId step = k.parameter("step", Element::i32, {1}), y = k.parameter("y", Element::i32, {kTurns});
  k.serial("i", 0, kTurns, 1, [&](Affine i) {
    k.store(k.place(y, {i}), k.load(k.place(step, {Affine::of(0)})) - k.constant(1, Element::i32));
  });
  program.kernels.push_back(k.finish());
  std::get<Loop>(program.kernels[0].body[0]).polls = 10;
  NestBuilder u("update", target);
  ParameterId w = u.parameter("w", Element::i32, {1});
  u.store(u.place(w, {Affine::of(0)}), u.load(u.place(w, {Affine::of(0)})) + u.constant(1, Element::i32));
  program.kernels.push_back(u.finish());
  for (size_t i = 0; i < before; ++i) {
    program.stages.emplace_back(Call{0, {{2}, {0}}, polls});
    program.stages.emplace_back(Call{0, {{2}, {3}}, polls});
  }
  program.stages.emplace_back(Call{1, {{1}}});
  program.stages.emplace_back(Call{0, {{2}, {4}}});
  verify(program);
  return program;
}

struct CountingRun {
  alignas(64) int32_t state[16] = {};
  alignas(64) int32_t arena[336] = {};
  StepArguments arguments;
  CountingRun() {
    arguments.state = reinterpret_cast<std::byte*>(state);
    arguments.arena = reinterpret_cast<std::byte*>(arena);
    arguments.count = 5;
  }
  int64_t written(int64_t from) const { return std::count(arena + from, arena + from + kTurns, 1); }
};

TEST(Stopping, AKernelEndsAtTheNextPollAndTheStepWithIt) {
  for (const Way& way : kWays) {
    CountingRun run;
    run.arguments.stop = &run.arena[34];  // not zero from the second step on, when it has written y[34]
    EXPECT_EQ(way.run(counting_step(true), run.arguments), 1) << way.name;
    EXPECT_EQ(run.written(0), 40) << way.name;
    EXPECT_EQ(run.written(112), 0) << way.name << ": the call behind it";
    EXPECT_EQ(run.state[0], 1) << way.name << ": of the step that is done";
  }
}

TEST(Stopping, ACallIsFollowedByAPoll) {
  for (const Way& way : kWays) {
    CountingRun run;
    run.arguments.stop = &run.arena[99];  // behind the last poll of the loop
    EXPECT_EQ(way.run(counting_step(true), run.arguments), 1) << way.name;
    EXPECT_EQ(run.written(0), kTurns) << way.name;
    EXPECT_EQ(run.written(112), 0) << way.name;
    EXPECT_EQ(run.state[0], 1) << way.name;
  }
}

TEST(Stopping, BehindTheFirstWriteTheStepRunsToItsEnd) {
  for (const Way& way : kWays) {
    CountingRun run;
    run.arguments.stop = &run.arena[224 + 34];  // of the call behind the update
    EXPECT_EQ(way.run(counting_step(true), run.arguments), 2) << way.name;
    EXPECT_EQ(run.written(224), kTurns) << way.name << ": the same kernel, and nothing ends it here";
    EXPECT_EQ(run.state[0], 2) << way.name;
  }
}

TEST(Stopping, CallsThatDoNotPollRunToTheirEnd) {
  for (const Way& way : kWays) {
    CountingRun run;
    run.arguments.stop = &run.arena[34];
    EXPECT_EQ(way.run(counting_step(false), run.arguments), 2) << way.name;
    EXPECT_EQ(run.state[0], 2) << way.name;
  }
}

TEST(Stopping, AStepThatIsCutIntoFunctionsStopsToo) {
  for (const Way& way : kWays) {
    CountingRun run;
    run.arguments.stop = &run.arena[112 + 34];
    EXPECT_EQ(way.run(counting_step(true, 200), run.arguments), 1) << way.name;
    EXPECT_EQ(run.written(112), 40) << way.name;
    EXPECT_EQ(run.state[0], 1) << way.name;
  }
}

TEST(Stopping, NoCallPollsOnceAVariableMayBeWritten) {
  NestProgram program = counting_step(true);
  std::get<Call>(program.stages.back()).polls = true;
  EXPECT_THROW(verify(program), InternalError);
  NestProgram turns = counting_step(true);
  turns.stages = {Stage(Repeat{2, false, turns.stages})};  // the second turn comes after a write
  EXPECT_THROW(verify(turns), InternalError);
}

/// A training step of a network with the state of an optimizer, its memory, and what it leaves after each of some
/// steps.
class NetworkRun {
 public:
  static constexpr int64_t kSteps = 4, kBatch = 6, kRows = 24;

  NetworkRun() {
    program_ = place_polls(testing::network_program("boston_l2_rmsprop", native_tier(), kBatch), 8);
    verify(program_);
    code_ = compile(program_);
    for (int64_t i = 0; i < kBatch * kSteps; ++i) order_.push_back(static_cast<int32_t>(i * 7 % kRows));
    for (const Buffer& buffer : program_.buffers) {
      auto slot = static_cast<size_t>(buffer.slot);
      if (buffer.role == BufferRole::column) place(columns_, columns, slot, kRows * 16);
      if (buffer.role == BufferRole::output) place(outputs_, outputs, slot, kSteps * 64);
      if (buffer.role == BufferRole::setting) settings_.resize(std::max(settings_.size(), slot + 1), 0.01);
    }
    initial_.resize(static_cast<size_t>(program_.state_bytes) / 4);
    for (size_t i = 0; i < initial_.size(); ++i) initial_[i] = 0.01F * static_cast<float>(i * 37 % 101);
    for (int64_t steps = 0; steps <= kSteps; ++steps) {
      start();
      EXPECT_EQ(run(1, steps, nullptr), steps);
      reference_.emplace_back(state(), state() + program_.state_bytes);
    }
  }

  void start() {
    state_.assign(initial_.size() + 16, 0);
    arena_.assign(static_cast<size_t>(program_.arena_bytes) / 4 + 16, 0);
    std::memcpy(state(), initial_.data(), initial_.size() * 4);
  }
  int64_t run(int64_t first, int64_t count, const int32_t* stop) {
    StepArguments arguments;
    arguments.state = state();
    arguments.arena = aligned(arena_);
    arguments.columns = columns.data();
    arguments.outputs = outputs.data();
    arguments.order = order_.data() + (first - 1) * kBatch;
    arguments.settings = settings_.data();
    arguments.first_step = first;
    arguments.count = count;
    arguments.rows = kBatch;
    arguments.stop = stop;
    return code_.run(arguments);
  }
  bool is_after(int64_t steps) {
    return std::memcmp(state(), reference_[static_cast<size_t>(steps)].data(), reference_[0].size()) == 0;
  }
  int64_t words_of_the_arena() const { return program_.arena_bytes / 4; }
  const int32_t* word_of_the_arena(int64_t word) {
    return reinterpret_cast<const int32_t*>(aligned(arena_) + word * 4);
  }

 private:
  using Floats = std::vector<float>;
  static std::byte* aligned(Floats& floats) {
    return reinterpret_cast<std::byte*>((reinterpret_cast<uintptr_t>(floats.data()) + 63) / 64 * 64);
  }
  std::byte* state() { return aligned(state_); }
  template <class Pointer>
  static void place(std::vector<Floats>& held, std::vector<Pointer>& list, size_t slot, int64_t count) {
    Floats floats(static_cast<size_t>(count));
    for (size_t i = 0; i < floats.size(); ++i) floats[i] = 0.03F * static_cast<float>(i * 53 % 89) - 1;
    held.push_back(std::move(floats));
    list.resize(std::max(list.size(), slot + 1));
    list[slot] = held.back().data();
  }

  NestProgram program_;
  CompiledProgram code_;
  std::vector<int32_t> order_;
  std::vector<Floats> columns_, outputs_;
  std::vector<const void*> columns;
  std::vector<void*> outputs;
  std::vector<double> settings_;
  Floats initial_, state_, arena_;
  std::vector<std::vector<std::byte>> reference_;  ///< the state after so many steps
};

TEST(Stopping, TheStateIsThatOfTheLastCompletedStepWhereverAStepIsStopped) {
  NetworkRun network;
  ASSERT_FALSE(network.is_after(1)) << "nothing is trained yet";
  int64_t given_up = 0, completed = 0;
  for (int64_t word = 0; word < network.words_of_the_arena(); word += 13) {
    network.start();
    const int64_t done = network.run(1, NetworkRun::kSteps, network.word_of_the_arena(word));
    ASSERT_TRUE(network.is_after(done)) << "word " << word << ", done " << done;
    given_up += done == 0;
    completed += done > 0;
    ASSERT_EQ(network.run(done + 1, NetworkRun::kSteps - done, nullptr), NetworkRun::kSteps - done);
    ASSERT_TRUE(network.is_after(NetworkRun::kSteps)) << "word " << word << ": it goes on as if nothing had been";
  }
  EXPECT_GT(given_up, 5);
  EXPECT_GT(completed, 5);
}

TEST(Stopping, AnotherThreadMayAskAtAnyTime) {
  NetworkRun network;
  for (int64_t round = 0; round < 50; ++round) {
    network.start();
    std::atomic<int32_t> stop = 0;
    static_assert(sizeof(stop) == sizeof(int32_t));
    std::thread asks([&] {
      for (volatile int64_t wait = 0; wait < round * 400;) wait = wait + 1;
      stop = 1;
    });
    const int64_t done = network.run(1, NetworkRun::kSteps, reinterpret_cast<const int32_t*>(&stop));
    asks.join();
    ASSERT_TRUE(network.is_after(done)) << done;
  }
}

}  // namespace
}  // namespace nnc::testing
