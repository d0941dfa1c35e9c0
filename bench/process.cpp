#include "bench/process.h"

#include <sys/resource.h>

#include <chrono>

#include "runtime/explain/run_program.h"

namespace nnc::bench {
namespace {

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

ProcessTime time_process(const std::vector<std::string>& arguments) {
  double before = processor_seconds();
  auto start = std::chrono::steady_clock::now();
  bool done = run_program(arguments, "").status == 0;
  std::chrono::duration<double> clock = std::chrono::steady_clock::now() - start;
  return {clock.count(), processor_seconds() - before, done};
}

}  // namespace nnc::bench
