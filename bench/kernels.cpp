// What the code generator reaches on single kernels: contractions as a share of the FMA peak measured beside them, and
// exp and tanh in f32, and sin in f64, over an array in L1 as multiples of libm's scalar calls. Each tier that this
// machine runs is measured.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "codegen/jit.h"
#include "ir/nest/nest_builder.h"
#include "runtime/report/peak.h"
#include "tests/codegen/contraction_kernel.h"

namespace nnc::bench {
namespace {

using nnc::testing::ContractionTile;

struct Free {
  void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t{4096}); }
};

/// One compiled kernel over its own arena; every number is one of a few between −2 and 2.
class KernelRun {
 public:
  KernelRun(Kernel kernel, const Target& target, Element element = Element::f32) {
    NestProgram program;
    program.name = "bench";
    program.target = target;
    Call call;
    for (const Parameter& parameter : kernel.parameters) {
      Buffer buffer;
      buffer.name = parameter.name;
      buffer.element = parameter.element;
      buffer.shape = parameter.shape;
      buffer.strides = parameter.strides;
      int64_t elements = 1;
      for (const Dim& dim : parameter.shape) elements *= dim.count;
      buffer.offset = program.arena_bytes;
      buffer.bytes = (elements * byte_size(parameter.element) + 63) / 64 * 64;
      program.arena_bytes += buffer.bytes;
      call.arguments.push_back({static_cast<BufferId>(program.buffers.size()), 0, {}});
      program.buffers.push_back(std::move(buffer));
    }
    program.kernels.push_back(std::move(kernel));
    program.stages.push_back({std::move(call)});
    auto bytes = static_cast<size_t>(program.arena_bytes);
    arena_.reset(static_cast<std::byte*>(::operator new[](bytes, std::align_val_t{4096})));
    element == Element::f32 ? fill<float>(bytes) : fill<double>(bytes);
    code_ = compile(program);
  }

  /// Seconds of one call, over `calls` calls.
  double seconds(int64_t calls) {
    StepArguments arguments;
    arguments.arena = arena_.get();
    arguments.count = calls;
    auto start = std::chrono::steady_clock::now();
    code_.run(arguments);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / static_cast<double>(calls);
  }

 private:
  template <class T>
  void fill(size_t bytes) {
    T* numbers = reinterpret_cast<T*>(arena_.get());
    for (size_t i = 0; i < bytes / sizeof(T); ++i) numbers[i] = static_cast<T>(i % 17) / 4 - 2;
  }

  std::unique_ptr<std::byte[], Free> arena_;
  CompiledProgram code_;
};

ContractionTile tile_of(Tier tier) {
  if (tier == Tier::avx512) return {14, 2, 1};
  return tier == Tier::avx2 ? ContractionTile{6, 2, 1} : ContractionTile{4, 2, 1};
}

void contraction(::benchmark::State& state, Tier tier, int64_t size) {
  Target target = Target::of(tier);
  KernelRun run(nnc::testing::contraction_kernel(target, {size, size, size}, tile_of(tier)), target);
  double flops = 2.0 * static_cast<double>(size * size * size), best = 1, peak = 0;
  auto calls = static_cast<int64_t>(1 + 2e7 / flops);
  for (auto turn : state) {
    static_cast<void>(turn);
    peak = std::max(peak, flops_peak(tier, Element::f32, 1));
    double seconds = run.seconds(calls);
    best = std::min(best, seconds);
    state.SetIterationTime(seconds);
  }
  state.counters["GF/s"] = flops / best * 1e-9;
  state.counters["of_peak_%"] = 100 * flops / best / peak;
}

constexpr int64_t kElements = 2048;  // in and out: 16 KB in f32
template <class T>
constexpr Element kElementOf = sizeof(T) == 4 ? Element::f32 : Element::f64;

Kernel function_kernel(const Target& target, Scalar function, Element element) {
  NestBuilder k("function", target);
  int lanes = target.lanes(element);
  ParameterId x = k.parameter("x", element, {kElements}), y = k.parameter("y", element, {kElements});
  k.serial("n", 0, kElements, lanes,
           [&](Affine n) { k.store(k.place(y, {n}), k.call(function, k.load(k.place(x, {n}), lanes))); });
  return k.finish();
}

template <class T>
double libm_seconds(T (*function)(T)) {
  static std::vector<T> x(kElements), y(kElements);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i % 17) / 4 - 2;
  double best = 1;
  for (int turn = 0; turn < 20; ++turn) {
    auto start = std::chrono::steady_clock::now();
    for (size_t i = 0; i < x.size(); ++i) y[i] = function(x[i]);
    ::benchmark::ClobberMemory();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

template <class T>
void function(::benchmark::State& state, Tier tier, Scalar function, T (*libm)(T)) {
  Target target = Target::of(tier);
  KernelRun run(function_kernel(target, function, kElementOf<T>), target, kElementOf<T>);
  double best = 1, reference = 1;
  for (auto turn : state) {
    static_cast<void>(turn);
    reference = std::min(reference, libm_seconds(libm));
    double seconds = run.seconds(200);
    best = std::min(best, seconds);
    state.SetIterationTime(seconds);
  }
  state.counters["ns_each"] = best / kElements * 1e9;
  state.counters["times_libm"] = reference / best;
}

// One iteration is a measurement of about a millisecond; its fastest counts.
const bool registered = [] {
  auto add = [](const std::string& name, auto body) {
    ::benchmark::RegisterBenchmark(name.c_str(), body)
        ->UseManualTime()
        ->Iterations(30)
        ->Unit(::benchmark::kMicrosecond);
  };
  for (Tier tier : {Tier::generic, Tier::avx2, Tier::avx512}) {
    if (!runs_here(tier)) continue;
    for (int64_t size : {64, 128, 256})
      add(fmt::format("contraction/{}/{}", spelling(tier), size),
          [=](::benchmark::State& state) { contraction(state, tier, size); });
    add(fmt::format("exp/{}", spelling(tier)),
        [=](::benchmark::State& state) { function<float>(state, tier, Scalar::exp, std::exp); });
    add(fmt::format("tanh/{}", spelling(tier)),
        [=](::benchmark::State& state) { function<float>(state, tier, Scalar::tanh, std::tanh); });
    add(fmt::format("sin_f64/{}", spelling(tier)),
        [=](::benchmark::State& state) { function<double>(state, tier, Scalar::sin, std::sin); });
  }
  return true;
}();

}  // namespace
}  // namespace nnc::bench
