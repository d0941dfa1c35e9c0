// What users wait for: the MNIST step as a share of the FMA peak measured beside it, an epoch of XOR all in, and the
// time from the file to a callable step. Whole runs by difference: a longer run less a shorter one.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "bench/process.h"
#include "runtime/predict/evaluation.h"
#include "runtime/report/peak.h"
#include "runtime/train/session.h"

namespace nnc::bench {
namespace {

constexpr double kMnistFlops =
    16.2e6;  // 2 · 100 · (2 · 784 · 50 + 3 · 50 · 10), without the first layer's input gradient
constexpr int64_t kMnistSteps = 600;

std::string source(const std::string& path) { return std::string(NNC_SOURCE_DIR) + "/" + path; }

TrainResult run(const std::string& file, Tier tier, const std::string& epochs, BuildTimes* times = nullptr,
                double* frontend_milliseconds = nullptr) {
  SessionOptions options;
  options.file = file;
  options.tier = tier;
  options.overrides.train["epochs"] = epochs;
  if (times != nullptr) {
    options.on_built = [times](const BuildTimes& built) {
      if (built.graph == "train" && built.exact) *times = built;
    };
  }
  Session session(options);
  TrainRequest request;
  request.write_weights = false;
  TrainResult result = session.train(request);
  if (frontend_milliseconds != nullptr) *frontend_milliseconds = session.frontend_milliseconds();
  return result;
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

double instructions(const BuildTimes& times) {
  double sum = 0;
  for (const KernelCode& kernel : times.kernels) sum += static_cast<double>(kernel.llvm_instructions);
  return sum;
}

void compile_time(benchmark::State& state, const std::string& file) {
  if (std::getenv("NNC_DATA") == nullptr) return state.SkipWithError("no data: set NNC_DATA");
  for (auto unused : state) {
    static_cast<void>(unused);
    BuildTimes best;
    double least = std::numeric_limits<double>::infinity(), passes = 0;
    for (int turn = 0; turn < 5; ++turn) {
      BuildTimes times;
      double frontend = 0;
      run(file, native_tier(), "0", &times, &frontend);
      double total = frontend + times.emit + times.machine;
      for (const PassTime& pass : times.passes) total += pass.milliseconds;
      if (total < least) {
        best = times;
        passes = frontend;
      }
      least = std::min(least, total);
    }
    state.SetIterationTime(least * 1e-3);
    for (const PassTime& pass : best.passes) passes += pass.milliseconds;
    state.counters["ms"] = least;
    state.counters["ms_frontend_and_passes"] = passes;
    state.counters["llvm_instructions"] = instructions(best);
  }
}

/// LLVM instructions that one more equal dense layer costs.
void equal_layer(benchmark::State& state) {
  if (std::getenv("NNC_DATA") == nullptr) return state.SkipWithError("no data: set NNC_DATA");
  std::string folder = std::filesystem::temp_directory_path() / "nnc-bench-layers";
  std::filesystem::create_directories(folder);
  auto instructions_of = [&](int layers) {
    std::string file = fmt::format("{}/deep{}.nn", folder, layers), net = "x |> dense(64)";
    for (int i = 0; i < layers; ++i) net += " |> relu |> dense(64)";
    std::ofstream(file) << "data mnist = idx(\"mnist/\") { x: f32[784] = image / 255\n y: class(10) = label }\n"
                        << "model net(x: f32[B, 784]) -> logit[B, 10] = " << net << " |> relu |> dense(10)\n"
                        << "train { data = mnist.train; batch = 100; epochs = 1\n loss = cross_entropy(net(x), y)\n"
                        << " optimizer = adam(1e-3) }\n";
    BuildTimes times;
    run(file, native_tier(), "0", &times);
    return instructions(times);
  };
  for (auto unused : state) {
    static_cast<void>(unused);
    state.counters["llvm_instructions_a_layer"] = (instructions_of(8) - instructions_of(4)) / 4;
  }
}

/// `nnc train examples/mnist.nn` as a user runs it: test accuracy over five seeds, and the longest of the commands.
void mnist_seeds(benchmark::State& state) {
  if (std::getenv("NNC_DATA") == nullptr) return state.SkipWithError("no data: set NNC_DATA");
  constexpr int kSeeds = 5;
  std::string weights = std::filesystem::temp_directory_path() / "nnc-bench-mnist.safetensors";
  for (auto unused : state) {
    static_cast<void>(unused);
    double sum = 0, worst = 1, longest = 0;
    for (int seed = 1; seed <= kSeeds; ++seed) {
      ProcessTime time = time_process({NNC_BINARY, "train", source("examples/mnist.nn"), "--seed", std::to_string(seed),
                                       "--out", weights, "--force"});
      if (!time.done) return state.SkipWithError("the command failed");
      longest = std::max(longest, time.clock);
      SessionOptions options;
      options.file = source("examples/mnist.nn");
      EvaluateRequest request;
      request.weights_file = weights;
      double accuracy = evaluate(options, request).scores.at("accuracy");
      sum += accuracy;
      worst = std::min(worst, accuracy);
    }
    state.SetIterationTime(longest);
    state.counters["mean_accuracy_%"] = 100 * sum / kSeeds;
    state.counters["worst_accuracy_%"] = 100 * worst;
    state.counters["command_s"] = longest;
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

BENCHMARK(equal_layer)->Iterations(1);
BENCHMARK(mnist_seeds)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace nnc::bench
