// A CSV file of 10^6 rows × 14 columns, read, checked and standardised as `nnc train` does it: at least 100 MB/s
// (`of_limit` ≤ 1), with at most twice the columns' memory (`of_memory` ≤ 1). Beside it the same file's bytes read
// block by block with its lines counted (`scan`), and its fields converted by from_chars with nothing checked
// (`convert`). The least of the runs; on a busy machine look at the processor's time (`cpu_MB_per_s`).
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>

#include "runtime/train/session.h"

namespace nnc::bench {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRows = 1'000'000;
constexpr int kColumns = 14;
constexpr double kColumnBytes = static_cast<double>(kRows) * kColumns * sizeof(double);
constexpr double kBytesPerSecond = 100e6;

const char* const kProgram =
    "data d = csv(\"d.csv\") { x: f32[13] = standardize(columns(\"c0\"..\"c12\"))\n y: f32 = column(\"c13\") }\n"
    "model net(x: f32[B, 13]) -> f32[B] = x |> dense(1) |> squeeze\n"
    "train { data = d\n batch = 100\n epochs = 1\n loss = mse(net(x), y) }\n";

/// The folder with the file and the program; gone with it.
class Files {
 public:
  Files() : folder_(fs::temp_directory_path() / fmt::format("nnc-bench-csv-{}", ::getpid())) {
    fs::create_directories(folder_);
    std::ofstream(program()) << kProgram;
    std::ofstream file(data(), std::ios::binary);
    for (int i = 0; i < kColumns; ++i) file << fmt::format("{}c{}", i > 0 ? "," : "", i);
    std::mt19937 generator(1);
    for (int64_t row = 0; row < kRows; ++row) {
      std::string line = "\n";
      for (int i = 0; i < kColumns; ++i) {
        fmt::format_to(std::back_inserter(line), "{}{:.6g}", i > 0 ? "," : "",
                       static_cast<double>(generator()) * (400.0 / 0x1p32));
      }
      file << line;
    }
    file << '\n';
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  ~Files() { fs::remove_all(folder_); }

  std::string data() const { return (folder_ / "d.csv").string(); }
  std::string program() const { return (folder_ / "d.nn").string(); }
  double bytes() const { return static_cast<double>(fs::file_size(folder_ / "d.csv")); }

 private:
  fs::path folder_;
};

void read_all(const Files& files) {
  SessionOptions options;
  options.file = files.program();
  Session(options).bind_training();
}

/// Lines counted.
int64_t scan(const std::string& path) {
  InputFile file(path);
  std::vector<char> block(size_t{1} << 20);
  int64_t lines = 0;
  for (size_t got = 1; got > 0;) {
    got = file.read(std::as_writable_bytes(std::span(block)));
    lines += std::count(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(got), '\n');
  }
  return lines;
}

/// Every field converted, its bytes in memory already.
double convert(const std::string& text) {
  double sum = 0;
  const char* end = text.data() + text.size();
  for (const char* at = std::find(text.data(), end, '\n'); at + 1 < end;) {
    double value = 0;
    at = std::from_chars(at + 1, end, value).ptr;
    sum += value;
  }
  return sum;
}

/// The least of several runs, in seconds.
struct Time {
  double clock = std::numeric_limits<double>::infinity();
  double processor = clock;

  template <class Work>
  void measure(Work&& work) {
    auto start = std::chrono::steady_clock::now();
    std::clock_t before = std::clock();
    work();
    processor = std::min(processor, static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC);
    clock = std::min(clock, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
};

/// A line of /proc/self/status, in bytes.
double memory(const std::string& key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key + ":")) return std::stod(line.substr(key.size() + 1)) * 1024;
  }
  return -1;
}

/// What reading adds to the peak of memory, in a child, whose peak begins where its life begins.
double added_memory(const Files& files) {
  int ends[2];
  if (::pipe(ends) != 0) return -1;
  pid_t child = ::fork();
  if (child == 0) {
    double before = memory("VmRSS");
    read_all(files);
    double added = memory("VmHWM") - before;
    ::_exit(::write(ends[1], &added, sizeof added) == sizeof added ? 0 : 1);
  }
  double added = -1;
  if (::read(ends[0], &added, sizeof added) != sizeof added) added = -1;
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(child, nullptr, 0);
  return added;
}

void csv_read(benchmark::State& state) {
  Files files;
  double bytes = files.bytes(), added = added_memory(files);
  std::string text = read_file(files.data());
  Time whole, scanned, converted;
  for (auto unused : state) {
    static_cast<void>(unused);
    whole.measure([&] { read_all(files); });
    scanned.measure([&] { benchmark::DoNotOptimize(scan(files.data())); });
    converted.measure([&] { benchmark::DoNotOptimize(convert(text)); });
  }
  state.counters["MB_per_s"] = bytes / whole.clock * 1e-6;
  state.counters["cpu_MB_per_s"] = bytes / whole.processor * 1e-6;
  state.counters["scan_MB_per_s"] = bytes / scanned.clock * 1e-6;
  state.counters["of_scan"] = whole.clock / scanned.clock;
  state.counters["of_convert"] = whole.clock / converted.clock;
  state.counters["of_limit"] = whole.clock / (bytes / kBytesPerSecond);
  state.counters["of_memory"] = added / (2 * kColumnBytes);
}

BENCHMARK(csv_read)->Iterations(3)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace nnc::bench
