#include "runtime/train/builds.h"

#include <chrono>
#include <exception>
#include <optional>

#include "codegen/compile_threads.h"

namespace nnc {

namespace {

using Clock = std::chrono::steady_clock;

/// One of them, or why there is none.
struct Built {
  std::optional<Executable> executable;
  std::optional<BuildTimes> times;
  std::exception_ptr failed;
};

Built build_one(const Build& build, const BuildOptions& options) {
  Built built;
  try {
    BuildOptions own = options;
    own.on_built = [&](const BuildTimes& times) { built.times = times; };
    built.executable = Executable::build(build.graph, own, build.capacity, build.exact);
  } catch (...) {
    built.failed = std::current_exception();
  }
  return built;
}

void scale(BuildTimes& times, double factor) {
  for (PassTime& pass : times.passes) pass.milliseconds *= factor;
  for (KernelCode& kernel : times.kernels) {
    kernel.emit_milliseconds *= factor;
    kernel.machine_milliseconds *= factor;
  }
  times.emit *= factor;
  times.machine *= factor;
  times.all *= factor;
}

/// So that what builds at once are said to take is no more than has gone by the clock.
void share(std::vector<Built>& all, Clock::time_point start) {
  const double gone = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  double sum = 0;
  for (const Built& built : all) sum += built.times ? built.times->all : 0;
  for (Built& built : all) {
    if (built.times && sum > gone) scale(*built.times, gone / sum);
  }
}

}  // namespace

std::vector<Executable> build_all(const std::vector<Build>& builds, const BuildOptions& options) {
  const Clock::time_point start = Clock::now();
  std::vector<Built> all(builds.size());
  if (builds.size() > 1 && !options.interpret && compile_threads() > 1) {
    run_on_threads(builds.size(), [&](size_t i) { all[i] = build_one(builds[i], options); });
    share(all, start);
  } else {
    for (size_t i = 0; i < builds.size() && (i == 0 || !all[i - 1].failed); ++i) all[i] = build_one(builds[i], options);
  }
  std::vector<Executable> executables;
  for (Built& built : all) {
    if (built.failed) std::rethrow_exception(built.failed);
    if (options.on_built) options.on_built(*built.times);
    executables.push_back(std::move(*built.executable));
  }
  return executables;
}

}  // namespace nnc
