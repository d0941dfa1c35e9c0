// Every one of the 2^32 floats through the machine code of exp and its like, against the C library in double. Some
// minutes a function, so it is run by hand:
//   build/release/tests/codegen_tests --gtest_also_run_disabled_tests --gtest_filter='*EveryFloat*'
// and docs/numerics.md has what it found.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <iostream>
#include <limits>

#include "codegen/jit.h"
#include "tests/codegen/nest_runner.h"

namespace nnc::testing {
namespace {

constexpr int64_t kBlock = 1 << 14;
constexpr double kWrong = std::numeric_limits<double>::infinity();

/// How far `got` lies from `want`, in units in the last place of a float; inf where the class is wrong. Results that
/// are denormal may be 0 or the smallest normal number.
double distance(float got, double want) {
  constexpr double kTiny = std::numeric_limits<float>::min(), kMost = std::numeric_limits<float>::max();
  double size = std::fabs(want);
  if (size >= kTiny && size <= kMost && std::fabs(got) <= kMost) {  // false for NaN
    uint64_t exponent = std::bit_cast<uint64_t>(size) >> 52;
    auto per_ulp = std::bit_cast<double>((2 * 1023 + 23 - exponent) << 52);
    return std::fabs(got - want) * per_ulp;
  }
  if (std::isnan(want) || std::isnan(got)) return std::isnan(want) && std::isnan(got) ? 0 : kWrong;
  if (size < kTiny) return std::fabs(got) <= kTiny ? 0 : kWrong;
  constexpr double kNearlyMost = kMost * (1 - 0x1p-23);
  bool large = std::fabs(got) >= kNearlyMost && size >= kNearlyMost;
  return large && std::signbit(got) == std::signbit(want) ? 0 : kWrong;
}

struct Worst {
  double distance = 0;
  float at = 0, got = 0;
};

template <class Exact>
Worst worst_of_all(Tier tier, Scalar function, Exact exact) {
  Target target = Target::of(tier);
  int lanes = target.lanes(Element::f32);
  NestBuilder k("function", target);
  ParameterId x = k.parameter("x", Element::f32, {kBlock}), y = k.parameter("y", Element::f32, {kBlock});
  k.serial("n", 0, kBlock, lanes,
           [&](Affine n) { k.store(k.place(y, {n}), k.call(function, k.load(k.place(x, {n}), lanes))); });
  NestProgram program = program_of(k.finish(), target);
  GuardedBytes arena(static_cast<size_t>(program.arena_bytes));
  auto* in = reinterpret_cast<float*>(arena.data() + program.buffers[0].offset);
  auto* out = reinterpret_cast<float*>(arena.data() + program.buffers[1].offset);
  StepArguments arguments;
  arguments.arena = arena.data();
  CompiledProgram compiled = compile(program);
  Worst worst;
  for (uint64_t begin = 0; begin < uint64_t{1} << 32; begin += kBlock) {
    for (int64_t i = 0; i < kBlock; ++i)
      in[i] = std::bit_cast<float>(static_cast<uint32_t>(begin + static_cast<uint64_t>(i)));
    compiled.run(arguments);
    for (int64_t i = 0; i < kBlock; ++i) {
      double operand = in[i];
      if (std::fabs(operand) < std::numeric_limits<float>::min()) operand = std::copysign(0.0, operand);
      double far = distance(out[i], exact(operand));
      if (far > worst.distance) worst = {far, in[i], out[i]};
    }
  }
  return worst;
}

class EveryFloat : public ::testing::TestWithParam<Scalar> {};

Worst worst_of(Tier tier, Scalar function) {
  switch (function) {
    case Scalar::exp: return worst_of_all(tier, function, [](double x) { return std::exp(x); });
    case Scalar::log: return worst_of_all(tier, function, [](double x) { return std::log(x); });
    case Scalar::log1p: return worst_of_all(tier, function, [](double x) { return std::log1p(x); });
    case Scalar::expm1: return worst_of_all(tier, function, [](double x) { return std::expm1(x); });
    case Scalar::tanh: return worst_of_all(tier, function, [](double x) { return std::tanh(x); });
    case Scalar::sigmoid: return worst_of_all(tier, function, [](double x) { return 1 / (1 + std::exp(-x)); });
    case Scalar::erf: return worst_of_all(tier, function, [](double x) { return std::erf(x); });
    case Scalar::sin: return worst_of_all(tier, function, [](double x) { return std::sin(x); });
    default: return worst_of_all(tier, function, [](double x) { return std::cos(x); });
  }
}

// Two tiers are enough: with fused multiply-add and without; the lanes compute alike.
TEST_P(EveryFloat, DISABLED_StaysWithinTwoUlp) {
  for (Tier tier : {native_tier(), Tier::generic}) {
    Worst worst = worst_of(tier, GetParam());
    std::cout << info(GetParam()).spelling << " on " << spelling(tier) << ": " << worst.distance << " ULP at "
              << std::hexfloat << worst.at << ", giving " << worst.got << std::defaultfloat << std::endl;
    EXPECT_LE(worst.distance, 2);
  }
}

std::string name_of(const ::testing::TestParamInfo<Scalar>& each) { return std::string(info(each.param).spelling); }

INSTANTIATE_TEST_SUITE_P(Math, EveryFloat,
                         ::testing::Values(Scalar::exp, Scalar::log, Scalar::log1p, Scalar::expm1, Scalar::tanh,
                                           Scalar::sigmoid, Scalar::erf, Scalar::sin, Scalar::cos),
                         name_of);

}  // namespace
}  // namespace nnc::testing
