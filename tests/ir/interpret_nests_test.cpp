// The nest interpreter: what a program's text says is what happens.
#include "ir/interpret/interpret_nests.h"

#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <limits>

#include "ir/print/text.h"
#include "ir/scalar/scalar_semantics.h"
#include "support/error.h"
#include "tests/ir/nest_kernels.h"

namespace nnc {
namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// Runs a program whose only arena holds what its buffers say.
struct NestRun {
  explicit NestRun(const std::string& text)
      : program(parse_nests(text, "x.nests")), arena(program.arena_bytes), state(program.state_bytes) {
    arguments.arena = arena.data();
    arguments.state = state.data();
    arguments.rows = program.capacity;
  }
  template <class T>
  T* at(const std::string& name) {
    for (const Buffer& buffer : program.buffers) {
      bool variable = buffer.role == BufferRole::variable;
      if (buffer.name == name) return (variable ? state : arena).at<T>(buffer);
    }
    return nullptr;
  }
  int64_t run() { return interpret_nests(program, arguments); }

  NestProgram program;
  testing::Arena arena, state;
  StepArguments arguments;
};

TEST(InterpretNests, TreeAddsLaneAndLanePlusHalf) {
  NestRun r(
      "nests t {\n target avx2\n capacity 1\n arena 128\n buffer a : temporary f32[8] offset 0\n"
      " buffer s : temporary f32[] offset 64\n kernel k(a: in f32[8], s: out f32[]) {\n"
      "  store s[] = tree add(load a[0 : 8])\n }\n call k(a -> s)\n}\n");
  const float x[8] = {1e8F, 1, -1e8F, 1, 3, 1e8F, 5, -1e8F};
  std::copy_n(x, 8, r.at<float>("a"));
  EXPECT_EQ(r.run(), 1);
  float want = ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
  EXPECT_EQ(*r.at<float>("s"), want);
}

TEST(InterpretNests, MasksTouchOnlyActiveLanes) {
  NestRun r(
      "nests t {\n target avx2\n capacity 5\n arena 64\n buffer a : temporary f32[B] offset 0\n"
      " kernel k(a: in out f32[B]) {\n  for b in 0..rows by 4 {\n"
      "   store a[b : 4 mask rows - b when index(b, 4) + lane(4) != 1] = load a[b : 4 mask rows - b] + 1\n  }\n }\n"
      " call k(a)\n}\n");
  for (int i = 0; i < 8; ++i) r.at<float>("a")[i] = static_cast<float>(i);
  r.arguments.rows = 3;
  r.run();
  const float want[8] = {1, 1, 3, 3, 4, 5, 6, 7};
  for (int i = 0; i < 8; ++i) EXPECT_EQ(r.at<float>("a")[i], want[i]) << i;
}

TEST(InterpretNests, GathersRowsByOrder) {
  NestRun r(
      "nests t {\n target avx2\n capacity 2\n arena 64\n buffer c : column u8[N, 2]\n buffer o : order i32[B]\n"
      " buffer y : temporary f32[B, 2] offset 0\n kernel k(c: in u8[N, 2], o: in i32[B], y: out f32[B, 2]) {\n"
      "  register row: i32\n  for b in 0..rows {\n   row = load o[b]\n"
      "   store y[b, 0 : 2] = cast f32(load c[@row, 0 : 2])\n  }\n }\n call k(c, o -> y)\n}\n");
  const uint8_t column[] = {0, 1, 10, 11, 20, 21, 255, 31};
  const void* columns[] = {column};
  const int32_t order[] = {3, 0, 1, 2};
  r.arguments.columns = columns;
  r.arguments.order = order;
  r.arguments.count = 2;
  EXPECT_EQ(r.run(), 2);
  const float want[] = {10, 11, 20, 21};
  for (int i = 0; i < 4; ++i) EXPECT_EQ(r.at<float>("y")[i], want[i]);
}

TEST(InterpretNests, StopsBeforeUpdatesWhenTheLossIsNotFinite) {
  NestRun r(
      "nests t {\n target avx2\n capacity 1\n arena 64\n state 64\n buffer w : variable f32[] offset 0\n"
      " buffer step : step i32[]\n buffer loss : temporary f64[] offset 0\n buffer out : output f32[]\n"
      " kernel measure(step: in i32[], loss: out f64[]) {\n  store loss[] = 1 / cast f64(load step[] - 3)\n }\n"
      " kernel update(w: in out f32[], out: out f32[]) {\n  store w[] = load w[] + 1\n  store out[] = load w[]\n }\n"
      " call measure(step -> loss)\n check loss\n call update(w -> out)\n}\n");
  float outputs[5] = {};
  void* slots[] = {outputs};
  r.arguments.outputs = slots;
  r.arguments.count = 5;
  *r.at<float>("w") = 0;
  EXPECT_EQ(r.run(), 2);
  EXPECT_EQ(r.arguments.not_finite, 1);
  EXPECT_EQ(*r.at<float>("w"), 2);
  EXPECT_EQ(outputs[0], 1);
  EXPECT_EQ(outputs[1], 2);
  EXPECT_EQ(outputs[2], 0);
}

TEST(InterpretNests, RepeatsCountTurns) {
  NestRun r(
      "nests t {\n target avx2\n capacity 1\n arena 64\n buffer a : temporary f32[4] offset 0\n"
      " kernel k(last: in f32[], next: out f32[]) {\n  store next[] = load last[] * 2\n }\n"
      " repeat 3 { call k(a turn [1] -> a at 1 turn [1]) }\n}\n");
  r.at<float>("a")[0] = 1;
  r.run();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(r.at<float>("a")[i], static_cast<float>(1 << i));
}

TEST(InterpretNests, ABrokenBoundNamesKernelAndStatement) {
  NestRun r(
      "nests t {\n target avx2\n capacity 1\n arena 64\n buffer a : temporary f32[4] offset 0\n"
      " buffer n : temporary i32[] offset 0\n kernel reach(a: out f32[4], n: in i32[]) {\n  register i: i32\n"
      "  i = load n[]\n  store a[@i] = 1\n }\n call reach(a, n)\n}\n");
  *r.at<int32_t>("n") = 4;
  try {
    r.run();
    FAIL();
  } catch (const InternalError& error) {
    std::string what = error.what();
    EXPECT_NE(what.find("kernel 'reach'"), std::string::npos) << what;
    EXPECT_NE(what.find("store a[@i] = 1"), std::string::npos) << what;
  }
}

TEST(InterpretNests, DenormalsAreZero) {
  NestRun r(
      "nests t {\n target avx2\n capacity 1\n arena 64\n buffer a : temporary f32[2] offset 0\n"
      " kernel k(a: in out f32[2]) {\n  store a[1] = load a[0] * 0.5\n }\n call k(a)\n}\n");
  r.at<float>("a")[0] = std::numeric_limits<float>::min();
  r.run();
  EXPECT_EQ(std::bit_cast<uint32_t>(r.at<float>("a")[1]), 0U);
  volatile float tiny = std::numeric_limits<float>::min();
  EXPECT_GT(tiny * 0.5F, 0.0F) << "the caller's own arithmetic keeps denormals";
}

TEST(ScalarSemantics, ExtremaPassNaNOnAndChooseTheSecondZero) {
  using semantics::maximum;
  using semantics::minimum;
  for (float x : {1.0F, kInf, -kInf}) {
    EXPECT_TRUE(std::isnan(minimum(kNaN, x)) && std::isnan(minimum(x, kNaN)));
    EXPECT_TRUE(std::isnan(maximum(kNaN, x)) && std::isnan(maximum(x, kNaN)));
  }
  EXPECT_TRUE(std::signbit(maximum(0.0F, -0.0F)));
  EXPECT_FALSE(std::signbit(minimum(-0.0F, 0.0F)));
}

TEST(ScalarSemantics, ConversionsSaturate) {
  using semantics::cast;
  EXPECT_EQ((cast<int32_t>(kNaN)), 0);
  EXPECT_EQ((cast<int32_t>(1e20F)), INT32_MAX);
  EXPECT_EQ((cast<int32_t>(-kInf)), INT32_MIN);
  EXPECT_EQ((cast<int32_t>(-1.9)), -1);
  EXPECT_EQ((cast<uint8_t>(-1.0F)), 0);
  EXPECT_EQ((cast<uint8_t>(255.9F)), 255);
  EXPECT_TRUE((cast<bool>(kNaN)));
  auto round_trip = [](float x) { return cast<float>(cast<semantics::Bfloat16>(x)); };
  EXPECT_EQ(round_trip(1.00390625F), 1.0F);       // a tie, to even
  EXPECT_EQ(round_trip(1.01171875F), 1.015625F);  // a tie, to even
  EXPECT_TRUE(std::isnan(round_trip(kNaN)));
  EXPECT_EQ(round_trip(3.4e38F), kInf);
}

TEST(InterpretNests, IsFastEnoughForSmallTrainings) {
  constexpr int64_t kCount = 1 << 14;
  NestProgram program = testing::map_program(Scalar::tanh, Element::f32, kCount, 8, Target::of(Tier::avx2));
  testing::Arena arena(program.arena_bytes);
  StepArguments arguments;
  arguments.arena = arena.data();
  arguments.count = 20;
  NestInterpreter interpreter(program);
  auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(interpreter.run(arguments), 20);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  RecordProperty("million_elements_of_tanh_a_second", std::to_string(kCount * 20 / seconds / 1e6));
}

}  // namespace
}  // namespace nnc
