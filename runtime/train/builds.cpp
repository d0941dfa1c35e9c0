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
  std::exception_ptr failed;
};

Built build_one(const Build& build, const BuildOptions& options) {
  Built built;
  try {
    built.executable = Executable::plan(build.graph, options, build.capacity, build.exact);
    if (build.code == Build::Code::now) built.executable->make_code();
  } catch (...) {
    built.failed = std::current_exception();
  }
  return built;
}

/// So that what builds at once are said to take is no more than has gone by the clock.
void share(std::vector<Built>& all, Clock::time_point start) {
  const double gone = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  double sum = 0;
  for (const Built& built : all) sum += built.failed ? 0 : built.executable->times().all;
  for (Built& built : all) {
    if (!built.failed && sum > gone) built.executable->scale_times(gone / sum);
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
  for (size_t i = 0; i < builds.size(); ++i) {
    if (all[i].failed) std::rethrow_exception(all[i].failed);
    executables.push_back(*std::move(all[i].executable));
    if (options.on_built && builds[i].code != Build::Code::later) options.on_built(executables.back().times());
  }
  return executables;
}

}  // namespace nnc
