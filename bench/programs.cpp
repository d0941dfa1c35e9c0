// What users wait for: the MNIST step as a share of the FMA peak measured beside it, an epoch of XOR all in, and the
// time from a graph to a callable step. Whole runs by difference: a longer run less a shorter one.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <string>

#include "bench/peak.h"
#include "runtime/session.h"

namespace nnc::bench {
namespace {

constexpr double kMnistFlops =
    16.2e6;  // 2 · 100 · (2 · 784 · 50 + 3 · 50 · 10), without the first layer's input gradient
constexpr int64_t kMnistSteps = 600;

std::string source(const std::string& path) { return std::string(NNC_SOURCE_DIR) + "/" + path; }

TrainResult run(const std::string& file, Tier tier, const std::string& epochs, BuildTimes* times = nullptr) {
  SessionOptions options;
  options.file = file;
  options.tier = tier;
  options.overrides.train["epochs"] = epochs;
  Session session(options);
  TrainRequest request;
  request.write_weights = false;
  if (times != nullptr) request.on_built = [times](const BuildTimes& built) { *times = built; };
  return session.train(request);
}

/// Seconds of one more epoch: the least of a few differences.
double seconds_an_epoch(const std::string& file, Tier tier, int64_t few, int64_t many) {
  double best = std::numeric_limits<double>::infinity();
  for (int turn = 0; turn < 3; ++turn) {
    double small = run(file, tier, std::to_string(few)).outcome.seconds;
    double large = run(file, tier, std::to_string(many)).outcome.seconds;
    best = std::min(best, (large - small) / static_cast<double>(many - few));
  }
  return best;
}

void mnist_step(benchmark::State& state, Tier tier) {
  if (std::getenv("NNC_DATA") == nullptr) return state.SkipWithError("no data: set NNC_DATA");
  if (!runs_here(tier)) return state.SkipWithError("this machine lacks the tier");
  for (auto unused : state) {
    static_cast<void>(unused);
    double peak = flops_peak(tier);
    double step = seconds_an_epoch(source("bench/mnist_sgd.nn"), tier, 2, 6) / kMnistSteps;
    peak = std::max(peak, flops_peak(tier));
    state.SetIterationTime(step);
    state.counters["us_a_step"] = step * 1e6;
    state.counters["share_of_peak"] = kMnistFlops / step / peak;
  }
}

void xor_epoch(benchmark::State& state) {
  for (auto unused : state) {
    static_cast<void>(unused);
    double epoch = seconds_an_epoch(source("examples/xor.nn"), native_tier(), 200'000, 2'200'000);
    state.SetIterationTime(epoch);
    state.counters["ns_an_epoch"] = epoch * 1e9;
  }
}

void compile_time(benchmark::State& state, const std::string& file) {
  if (std::getenv("NNC_DATA") == nullptr) return state.SkipWithError("no data: set NNC_DATA");
  for (auto unused : state) {
    static_cast<void>(unused);
    BuildTimes best;
    double least = std::numeric_limits<double>::infinity();
    for (int turn = 0; turn < 5; ++turn) {
      BuildTimes times;
      run(file, native_tier(), "0", &times);
      double total = times.emit + times.machine;
      for (const PassTime& pass : times.passes) total += pass.milliseconds;
      if (total < least) best = times;
      least = std::min(least, total);
    }
    state.SetIterationTime(least * 1e-3);
    double passes = 0, instructions = 0;
    for (const PassTime& pass : best.passes) passes += pass.milliseconds;
    for (const KernelCode& kernel : best.kernels) instructions += static_cast<double>(kernel.llvm_instructions);
    state.counters["ms"] = least;
    state.counters["ms_in_passes"] = passes;
    state.counters["llvm_instructions"] = instructions;
  }
}

BENCHMARK_CAPTURE(mnist_step, avx2, Tier::avx2)->UseManualTime()->Iterations(1)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(mnist_step, avx512, Tier::avx512)->UseManualTime()->Iterations(1)->Unit(benchmark::kMicrosecond);
BENCHMARK(xor_epoch)->UseManualTime()->Iterations(1)->Unit(benchmark::kNanosecond);
BENCHMARK_CAPTURE(compile_time, mnist_adam, source("examples/mnist.nn"))
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(compile_time, mnist_sgd, source("bench/mnist_sgd.nn"))
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace nnc::bench
