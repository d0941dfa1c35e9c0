// Compile time by the size of the program: families of n equal parts, each stage by itself, and at the end how the time
// grows: the exponent of the last doubling. 1 is what the work is; a stage well above it walks all for each.
//
//   nnc_growth [FAMILY …] [--most N]
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "bench/growth/families.h"
#include "codegen/jit.h"
#include "passes/pipeline.h"
#include "runtime/train/session.h"
#include "support/error.h"

namespace nnc::bench {
namespace {

constexpr double kLongest = 20;   ///< seconds that one program may take, so that a table comes to an end
constexpr double kLeast = 0.005;  ///< seconds under which an exponent is noise
constexpr std::array<int64_t, 5> kSizes = {250, 500, 1000, 2000, 4000};

struct StageTime {
  std::string name;
  double seconds = 0;
};

/// The processor's, not the clock's: a machine is seldom idle.
double processor_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// The frontend, each pass with its verifier, and the code of a training step for exactly one batch.
std::vector<StageTime> time_stages(const std::string& file) {
  std::vector<StageTime> times;
  double start = processor_seconds();
  auto end_stage = [&](std::string_view name) {
    double now = processor_seconds();
    times.push_back({std::string(name), now - start});
    start = now;
  };
  SessionOptions options;
  options.file = file;
  Session session(options);
  StageValue program = training_graph(session.bind_training());
  end_stage("frontend");
  PassOptions passes;
  passes.target = session.build_options().target;
  passes.capacity = session.prepared().batch;
  for (const Pass& pass : pipeline()) {
    const std::array<const Pass*, 1> one{&pass};
    program = run_passes(std::move(program), one, passes, {});
    end_stage(pass.name);
  }
  compile(std::get<NestProgram>(program));
  end_stage("code");
  return times;
}

std::vector<StageTime> with_sum(std::vector<StageTime> times) {
  double all = 0;
  for (const StageTime& time : times) all += time.seconds;
  times.push_back({"all", all});
  return times;
}

void print_row(const std::string& head, const std::vector<std::string>& cells) {
  std::string line = fmt::format("{:>10}", head);
  for (const std::string& cell : cells) line += fmt::format("{:>14}", cell);
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void print_exponents(const std::vector<StageTime>& half, const std::vector<StageTime>& whole) {
  std::vector<std::string> cells;
  for (size_t i = 0; i < whole.size(); ++i) {
    bool tells = half[i].seconds >= kLeast;
    cells.push_back(tells ? fmt::format("{:.2f}", std::log2(whole[i].seconds / half[i].seconds)) : "-");
  }
  print_row("exponent", cells);
}

void print_table(const Family& family, int64_t most) {
  fmt::print("\n{}: {} (ms of processor)\n", family.name, family.summary);
  std::string file = (std::filesystem::temp_directory_path() / fmt::format("nnc-growth-{}.nn", getpid())).string();
  std::vector<StageTime> before, times;
  for (int64_t n : kSizes) {
    if (n > most || (!times.empty() && 4 * times.back().seconds > kLongest)) break;
    std::ofstream(file) << family.program(n);
    try {
      std::vector<StageTime> larger = with_sum(time_stages(file));
      before = std::exchange(times, std::move(larger));
    } catch (const Failure&) {
      print_row(std::to_string(n), {"is beyond a limit"});
      break;
    }
    std::vector<std::string> names, cells;
    for (const StageTime& time : times) {
      names.push_back(time.name);
      cells.push_back(fmt::format("{:.0f}", 1e3 * time.seconds));
    }
    if (before.empty()) print_row("n", names);
    print_row(std::to_string(n), cells);
  }
  if (!before.empty()) print_exponents(before, times);
  std::filesystem::remove(file);
}

int run(const std::vector<std::string>& arguments) {
  int64_t most = kSizes.back();
  std::vector<std::string> wanted;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--most" && i + 1 < arguments.size()) {
      most = std::stoll(arguments[++i]);
    } else {
      wanted.push_back(arguments[i]);
    }
  }
  for (const Family& family : families()) {
    bool asked = wanted.empty() || std::find(wanted.begin(), wanted.end(), family.name) != wanted.end();
    if (asked) print_table(family, most);
  }
  return 0;
}

}  // namespace
}  // namespace nnc::bench

int main(int argc, char** argv) {
  try {
    return nnc::bench::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
