// What it takes until a person reads the first line: 'nnc --help' (30 ms at most) and 'nnc check' of a program of 100
// lines (40 ms at most), as whole processes. Most of it is the loading of LLVM's library.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include "bench/process.h"
#include "runtime/io/files.h"

namespace nnc {
namespace {

/// examples/boston.nn and as many functions as make it 100 lines.
std::string hundred_lines() {
  std::string text = read_file(NNC_SOURCE_DIR "/examples/boston.nn");
  int64_t lines = std::count(text.begin(), text.end(), '\n');
  for (; lines < 100; ++lines)
    text += fmt::format("fn scaled{0}(x: f32[..S]) -> f32[..S] = tanh(x) * {0} + 1\n", lines);
  return text;
}

void run_process(benchmark::State& state, const std::vector<std::string>& arguments, double limit_ms) {
  double processor = 0, least = std::numeric_limits<double>::infinity();
  for (auto _ : state) {
    bench::ProcessTime time = bench::time_process(arguments);
    if (!time.done) state.SkipWithError("the command failed");
    processor += time.processor;
    least = std::min(least, time.clock);
  }
  state.counters["least_ms"] = 1e3 * least;
  state.counters["cpu_ms"] = 1e3 * processor / static_cast<double>(state.iterations());
  state.counters["limit_ms"] = limit_ms;
}

void startup_help(benchmark::State& state) { run_process(state, {NNC_BINARY, "--help"}, 30); }

void startup_check(benchmark::State& state) {
  std::string file = (std::filesystem::temp_directory_path() / "nnc-hundred-lines.nn").string();
  std::ofstream(file) << hundred_lines();
  run_process(state, {NNC_BINARY, "check", file, "--data", "/"}, 40);
  std::filesystem::remove(file);
}

BENCHMARK(startup_help)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(startup_check)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace nnc
