// exp and its like through the machine code: within 2 ULP of the long double value, in both precisions.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "codegen/jit.h"
#include "tests/codegen/nest_runner.h"

namespace nnc::testing {
namespace {

constexpr int64_t kSamples = 1 << 14;

template <class T>
double worst_ulp(Tier tier, Scalar function, T low, T high, const std::function<long double(long double)>& exact) {
  Element element = sizeof(T) == 4 ? Element::f32 : Element::f64;
  Target target = Target::of(tier);
  int lanes = target.lanes(element);
  NestBuilder k("function", target);
  ParameterId x = k.parameter("x", element, {kSamples}), y = k.parameter("y", element, {kSamples});
  k.serial("n", 0, kSamples, lanes,
           [&](Affine n) { k.store(k.place(y, {n}), k.call(function, k.load(k.place(x, {n}), lanes))); });
  NestProgram program = program_of(k.finish(), target);
  GuardedBytes arena(static_cast<size_t>(program.arena_bytes));
  T* in = reinterpret_cast<T*>(arena.data());
  T* out = reinterpret_cast<T*>(arena.data() + program.buffers[1].offset);
  for (int64_t i = 0; i < kSamples; ++i)
    in[i] = low + (high - low) * (static_cast<T>(i) + T{0.37}) / static_cast<T>(kSamples);
  StepArguments arguments;
  arguments.arena = arena.data();
  compile(program).run(arguments);
  double worst = 0;
  for (int64_t i = 0; i < kSamples; ++i) {
    long double want = exact(in[i]);
    auto near = static_cast<T>(want);
    if (std::abs(near) < std::numeric_limits<T>::min()) continue;  // flushed
    long double ulp = std::nextafter(std::abs(near), std::numeric_limits<T>::infinity()) - std::abs(near);
    worst = std::max(worst, static_cast<double>(std::abs((static_cast<long double>(out[i]) - want) / ulp)));
  }
  return worst;
}

struct Case {
  Scalar function;
  double low, high;
  long double (*exact)(long double);
};
const Case kCases[] = {
    {Scalar::exp, -80, 85, [](long double x) { return std::exp(x); }},
    {Scalar::log, 0.001, 4, [](long double x) { return std::log(x); }},
    {Scalar::log1p, -0.9, 4, [](long double x) { return std::log1p(x); }},
    {Scalar::expm1, -5, 20, [](long double x) { return std::expm1(x); }},
    {Scalar::tanh, -9, 9, [](long double x) { return std::tanh(x); }},
    {Scalar::sigmoid, -40, 40, [](long double x) { return 1 / (1 + std::exp(-x)); }},
    {Scalar::erf, -4, 4, [](long double x) { return std::erf(x); }},
    {Scalar::sin, -100, 100, [](long double x) { return std::sin(x); }},
    {Scalar::cos, -100, 100, [](long double x) { return std::cos(x); }},
};

TEST(Math, WithinTwoUlpThroughMachineCode) {
  for (Tier tier : tiers_here()) {
    for (const Case& c : kCases) {
      auto low = static_cast<float>(c.low), high = static_cast<float>(c.high);
      EXPECT_LE(worst_ulp<float>(tier, c.function, low, high, c.exact), 2)
          << spelling(tier) << " f32 " << info(c.function).spelling;
      EXPECT_LE(worst_ulp<double>(tier, c.function, c.low, c.high, c.exact), 2)
          << spelling(tier) << " f64 " << info(c.function).spelling;
    }
  }
}

}  // namespace
}  // namespace nnc::testing
