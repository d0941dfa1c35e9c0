// run_steps: what it advances, when it returns, and what it leaves as it was. Each program is also interpreted.
#include <gtest/gtest.h>

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <limits>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "codegen/jit.h"
#include "ir/interpret/interpret_nests.h"
#include "ir/nest/nest_work.h"
#include "ir/verify/verify.h"
#include "support/error.h"
#include "tests/codegen/nest_runner.h"

namespace nnc::testing {
namespace {

Buffer buffer(std::string name, BufferRole role, Element element, Shape shape, int slot = 0) {
  Buffer made;
  made.name = std::move(name);
  made.role = role;
  made.element = element;
  int64_t count = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    made.strides.insert(made.strides.begin(), count);
    count *= shape[axis].count;
  }
  made.shape = std::move(shape);
  made.slot = slot;
  made.bytes = (count * byte_size(element) + 63) / 64 * 64;
  if (role == BufferRole::temporary || role == BufferRole::variable) made.offset = 0;
  return made;
}

int64_t run_with_time_stamps(const NestProgram& program, StepArguments& arguments) {
  std::vector<uint64_t> ticks(TickSlots::calls + call_sites(program).size());
  arguments.ticks = ticks.data();
  int64_t done = compile(program, true).run(arguments);
  arguments.ticks = nullptr;
  return done;
}

/// Every way of running a program.
struct Way {
  const char* name;
  int64_t (*run)(const NestProgram& program, StepArguments& arguments);
};
constexpr Way kWays[] = {
    {"compiled with time stamps", run_with_time_stamps},
    {"compiled", [](const NestProgram& program, StepArguments& arguments) { return compile(program).run(arguments); }},
    {"interpreted",
     [](const NestProgram& program, StepArguments& arguments) { return interpret_nests(program, arguments); }}};

/// loss[step] = w · lr + rows' sum of x[order[b]], then w := w − 1; a FiniteCheck lies between the two.
NestProgram small_step(int64_t batch) {
  Target target = Target::of(native_tier());
  NestProgram program;
  program.name = "small";
  program.target = target;
  program.capacity = batch;
  program.state_bytes = 64;
  Dim all = Dim::samples();
  program.buffers = {buffer("w", BufferRole::variable, Element::f32, {}),
                     buffer("lr", BufferRole::setting, Element::f64, {}, 1),
                     buffer("x", BufferRole::column, Element::f32, {all}, 0),
                     buffer("order", BufferRole::order, Element::i32, {batch}),
                     buffer("loss", BufferRole::output, Element::f32, {}, 0),
                     buffer("step", BufferRole::step, Element::i32, {}),
                     buffer("steps", BufferRole::output, Element::i32, {2}, 1),
                     buffer("seed", BufferRole::seed, Element::i32, {2})};
  {
    NestBuilder k("forward", target);
    ParameterId w = k.parameter("w", Element::f32, {}), lr = k.parameter("lr", Element::f64, {});
    ParameterId x = k.parameter("x", Element::f32, {all}), order = k.parameter("order", Element::i32, {batch});
    ParameterId loss = k.parameter("loss", Element::f32, {}), step = k.parameter("step", Element::i32, {});
    ParameterId steps = k.parameter("steps", Element::i32, {2}), seed = k.parameter("seed", Element::i32, {2});
    NestRegister sum = k.reg("sum", {Element::f32, 1}), row = k.reg("row", {Element::i32, 1});
    k.assign(sum, k.load(k.place(w, {})) * k.cast(k.load(k.place(lr, {})), Element::f32));
    k.serial("b", 0, batch, 1, [&](Affine b) {
      k.assign(row, k.load(k.place(order, {b})));
      k.assign(sum, k.read(sum) + k.load(k.place(x, {row.affine()})));
    });
    k.store(k.place(loss, {}), k.read(sum));
    k.store(k.place(steps, {Affine::of(0)}), k.load(k.place(step, {})));
    k.store(k.place(steps, {Affine::of(1)}), k.load(k.place(seed, {Affine::of(1)})));
    program.kernels.push_back(k.finish());
  }
  NestBuilder k("update", target);
  ParameterId w = k.parameter("w", Element::f32, {});
  k.store(k.place(w, {}), k.load(k.place(w, {})) - k.constant(1, Element::f32));
  program.kernels.push_back(k.finish());
  Call forward{0, {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}}}, update{1, {{0}}};
  program.stages = {{forward}, {FiniteCheck{4}}, {update}};
  verify(program);
  return program;
}

struct SmallRun {
  alignas(64) float w[16] = {10};
  double settings[2] = {0, 2};
  std::vector<float> x = {1, 2, 3, 4, 5, 6};
  std::vector<int32_t> order = {0, 1, 2, 3, 4, 5};
  float losses[8] = {};
  int32_t steps[16] = {};
  const void* columns[1] = {x.data()};
  void* outputs[2] = {losses, steps};
  StepArguments arguments;

  SmallRun() {
    arguments.state = reinterpret_cast<std::byte*>(w);
    arguments.columns = columns;
    arguments.order = order.data();
    arguments.settings = settings;
    arguments.outputs = outputs;
    arguments.seed = uint64_t{77} << 32;
    arguments.first_step = 41;
    arguments.count = 3;
    arguments.rows = 2;
  }
};

TEST(Driver, AdvancesOrderOutputsAndStep) {
  NestProgram program = small_step(2);
  for (const Way& way : kWays) {
    SCOPED_TRACE(way.name);
    SmallRun run;
    EXPECT_EQ(way.run(program, run.arguments), 3);
    EXPECT_EQ(run.w[0], 7);
    EXPECT_EQ(run.losses[0], 20 + 3);
    EXPECT_EQ(run.losses[1], 18 + 7);
    EXPECT_EQ(run.losses[2], 16 + 11);
    EXPECT_EQ(run.losses[3], 0);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(run.steps[2 * i], 41 + i);
      EXPECT_EQ(run.steps[2 * i + 1], 77);
    }
    EXPECT_EQ(run.arguments.not_finite, 0);
  }
}

TEST(Driver, ReturnsBeforeTheUpdateOfAStepWhoseLossIsNotFinite) {
  NestProgram program = small_step(2);
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                    -std::numeric_limits<float>::infinity()}) {
    for (const Way& way : kWays) {
      SCOPED_TRACE(way.name);
      SmallRun run;
      run.x[3] = bad;
      EXPECT_EQ(way.run(program, run.arguments), 1);
      EXPECT_EQ(run.arguments.not_finite, 1);
      EXPECT_EQ(run.w[0], 9) << "one update, of the good step";
    }
  }
}

TEST(Driver, StopsBetweenSteps) {
  NestProgram program = small_step(2);
  for (const Way& way : kWays) {
    SmallRun run;
    int32_t stop = 1;
    run.arguments.stop = &stop;
    EXPECT_EQ(way.run(program, run.arguments), 0) << way.name;
    EXPECT_EQ(run.w[0], 10) << way.name;
    stop = 0;
    EXPECT_EQ(way.run(program, run.arguments), 3) << way.name;
  }
}

TEST(Driver, FlushesDenormalsAndRestoresTheCallersState) {
  Target target = Target::of(native_tier());
  NestBuilder k("halve", target);
  ParameterId x = k.parameter("x", Element::f32, {16}), y = k.parameter("y", Element::f32, {16});
  k.store(k.place(y, {Affine::of(0)}), k.load(k.place(x, {Affine::of(0)}), 16) * k.constant(0.5, Element::f32));
  NestProgram program = program_of(k.finish(), target);
  alignas(64) float arena[32] = {std::numeric_limits<float>::min(), std::numeric_limits<float>::denorm_min(), 3};
  StepArguments arguments;
  arguments.arena = reinterpret_cast<std::byte*>(arena);
  volatile float smallest = std::numeric_limits<float>::min();
  CompiledProgram compiled = compile(program);
#if defined(__SSE__)
  _mm_setcsr(_mm_getcsr() & ~0x3Fu);
  uint32_t before = _mm_getcsr();
#endif
  EXPECT_EQ(compiled.run(arguments), 1);
#if defined(__SSE__)
  EXPECT_EQ(_mm_getcsr(), before) << "no flag of an exception either";
#endif
  EXPECT_EQ(arena[16], 0) << "the half of the smallest normal number is flushed";
  EXPECT_EQ(arena[17], 0);
  EXPECT_EQ(arena[18], 1.5F);
  EXPECT_GT(smallest / 2, 0) << "the caller still has denormals";
}

TEST(Driver, RepeatsForwardsAndBackwards) {
  Target target = Target::of(native_tier());
  NestBuilder k("append", target);  // y[turn] = count; count := count · 2 + 1
  ParameterId y = k.parameter("y", Element::i32, {}), count = k.parameter("count", Element::i32, {});
  k.store(k.place(y, {}), k.load(k.place(count, {})));
  k.store(k.place(count, {}), k.load(k.place(count, {})) * k.constant(2, Element::i32) + k.constant(1, Element::i32));
  for (bool reverse : {false, true}) {
    NestProgram program;
    program.name = "scan";
    program.target = target;
    if (program.kernels.empty() && !reverse) program.kernels.push_back(k.finish());
    static Kernel kept;
    if (!reverse) kept = program.kernels[0];
    if (reverse) program.kernels.push_back(kept);
    program.buffers = {buffer("y", BufferRole::temporary, Element::i32, {2, 3}),
                       buffer("count", BufferRole::temporary, Element::i32, {})};
    program.buffers[1].offset = 64;
    program.arena_bytes = 128;
    Repeat inner{3, reverse, {{Call{0, {{0, 0, {3, 1}}, {1, 0, {}}}}}}};
    program.stages = {{Repeat{2, false, {{inner}}}}};
    verify(program);
    for (const Way& way : kWays) {
      alignas(64) int32_t arena[32] = {};
      StepArguments arguments;
      arguments.arena = reinterpret_cast<std::byte*>(arena);
      EXPECT_EQ(way.run(program, arguments), 1);
      std::vector<int32_t> expected =
          reverse ? std::vector<int32_t>{3, 1, 0, 31, 15, 7} : std::vector<int32_t>{0, 1, 3, 7, 15, 31};
      EXPECT_EQ(std::vector<int32_t>(arena, arena + 6), expected) << way.name << reverse;
    }
  }
}

/// Calls in the function of the LLVM text that has most of them.
int most_calls(const std::string& text) {
  int most = 0, calls = 0;
  for (size_t start = 0; start < text.size(); start = text.find('\n', start) + 1) {
    std::string_view line = std::string_view(text).substr(start, text.find('\n', start) - start);
    if (line.starts_with("define ")) calls = 0;
    if (line.find(" call void @") != std::string_view::npos) most = std::max(most, ++calls);
  }
  return most;
}

TEST(Driver, AStepOfManyCallsIsCutIntoFunctions) {
  Target target = Target::of(native_tier());
  for (bool exact : {true, false}) {
    NestBuilder k("mix", target);  // y := 3 · y + x + rows
    ParameterId x = k.parameter("x", Element::i32, {}), y = k.parameter("y", Element::i32, {});
    ScalarValue tripled = k.load(k.place(y, {})) * k.constant(3, Element::i32);
    k.store(k.place(y, {}), tripled + k.load(k.place(x, {})) + k.index(rows_affine(1)));
    NestProgram program;
    program.name = "long";
    program.target = target;
    program.capacity = 5;
    program.exact = exact;
    program.kernels.push_back(k.finish());
    program.buffers = {buffer("w", BufferRole::variable, Element::i32, {}),
                       buffer("t", BufferRole::temporary, Element::i32, {8}),
                       buffer("step", BufferRole::step, Element::i32, {})};
    program.state_bytes = program.arena_bytes = 64;
    std::vector<Stage> calls;
    for (int64_t i = 0; i < 500; ++i) {
      calls.emplace_back(Call{0, {{2}, {1, i % 8}}});
      calls.emplace_back(Call{0, {{1, (i * 5) % 8}, {0}}});
    }
    std::vector<Stage> turns;
    for (int64_t i = 0; i < 100; ++i) turns.emplace_back(Call{0, {{0}, {1, 0, {1}}}});
    program.stages = calls;
    program.stages.emplace_back(Repeat{8, true, turns});
    verify(program);
    EXPECT_LE(most_calls(emit_llvm(program)), 64);
    std::vector<std::vector<int32_t>> results;
    for (const Way& way : kWays) {
      alignas(64) int32_t state[16] = {1}, arena[16] = {};
      StepArguments arguments;
      arguments.state = reinterpret_cast<std::byte*>(state);
      arguments.arena = reinterpret_cast<std::byte*>(arena);
      arguments.first_step = 7;
      arguments.count = 2;
      arguments.rows = 5;
      EXPECT_EQ(way.run(program, arguments), 2) << way.name;
      results.emplace_back(arena, arena + 8);
      results.back().push_back(state[0]);
    }
    EXPECT_EQ(results[0], results[1]);
    EXPECT_EQ(results[1], results[2]);
  }
}

// The least of many steps: whatever else the machine does takes time from some of them only.
TEST(Driver, TimeStampsSayWhichCallsTakeLong) {
  Target target = Target::of(native_tier());
  NestProgram program;
  program.name = "uneven";
  program.target = target;
  for (int64_t turns : {int64_t{1}, int64_t{20'000}}) {
    NestBuilder k(fmt::format("chain_{}", turns), target);
    ParameterId x = k.parameter("x", Element::f32, {});
    NestRegister sum = k.reg("sum", {Element::f32, 1});
    k.assign(sum, k.load(k.place(x, {})));
    k.serial("i", 0, turns, 1, [&](Affine) { k.assign(sum, k.read(sum) + k.constant(1, Element::f32)); });
    k.store(k.place(x, {}), k.read(sum));
    program.kernels.push_back(k.finish());
  }
  program.buffers = {buffer("x", BufferRole::temporary, Element::f32, {})};
  program.arena_bytes = 64;
  Call quick{0, {{0}}}, slow{1, {{0}}};
  program.stages = {{quick}, {slow}, {Repeat{3, false, {{slow}, {quick}}}}};
  verify(program);
  CompiledProgram compiled = compile(program, true);
  std::vector<uint64_t> least(TickSlots::calls + 4, UINT64_MAX);
  alignas(64) float arena[16] = {};
  for (int step = 0; step < 200; ++step) {
    std::vector<uint64_t> ticks(least.size());
    StepArguments arguments;
    arguments.arena = reinterpret_cast<std::byte*>(arena);
    arguments.count = 1;
    arguments.ticks = ticks.data();
    ASSERT_EQ(compiled.run(arguments), 1);
    for (size_t i = 0; i < ticks.size(); ++i) least[i] = std::min(least[i], ticks[i]);
  }
  const uint64_t* calls = &least[TickSlots::calls];
  EXPECT_GT(least[TickSlots::empty], 0U);
  EXPECT_GT(calls[0], least[TickSlots::empty] / 2);
  EXPECT_GT(calls[1], 100 * calls[0]);
  EXPECT_GT(calls[2], 2 * calls[1]) << "three turns";
  EXPECT_LT(calls[2], 5 * calls[1]);
  EXPECT_GT(calls[2], 100 * calls[3]);
}

TEST(Driver, KernelsMaySeeOneBufferTwice) {
  Target target = Target::of(native_tier());
  NestBuilder k("shift", target);  // y[i + 1] = x[i] in order, with x and y the same storage
  ParameterId x = k.parameter("x", Element::f32, {16}), y = k.parameter("y", Element::f32, {16});
  k.unrolled("i", 8,
             [&](Affine i) { k.store(k.place(y, {i + 1}), k.load(k.place(x, {i})) + k.constant(1, Element::f32)); });
  NestProgram program = program_of(k.finish(), target);
  program.buffers[1].offset = 0;
  alignas(64) float arena[32] = {};
  StepArguments arguments;
  arguments.arena = reinterpret_cast<std::byte*>(arena);
  compile(program).run(arguments);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(arena[i], static_cast<float>(i));
}

TEST(Driver, RowsAreHandedToTheKernels) {
  Target target = Target::of(native_tier());
  NestBuilder k("count", target);
  ParameterId y = k.parameter("y", Element::i32, {});
  k.store(k.place(y, {}), k.index(rows_affine(3)));
  NestProgram program = program_of(k.finish(), target, 50, false);
  CompiledProgram compiled = compile(program);
  for (int64_t rows : {1, 17, 50}) {
    alignas(64) int32_t arena[16] = {};
    StepArguments arguments;
    arguments.arena = reinterpret_cast<std::byte*>(arena);
    arguments.rows = rows;
    compiled.run(arguments);
    EXPECT_EQ(arena[0], 3 * rows);
  }
}

TEST(Driver, ATierThatThisMachineLacksIsASystemsFailure) {
  NestProgram program = small_step(2);
  program.target = Target::of(runs_here(Tier::neon) ? Tier::avx2 : Tier::neon);
  try {
    compile(program);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), ExitCode::system_refused);
    EXPECT_NE(std::string(failure.what()).find("which this one does not"), std::string::npos);
  }
}

}  // namespace
}  // namespace nnc::testing
