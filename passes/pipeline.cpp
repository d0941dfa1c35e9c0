#include "passes/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "ir/print/text.h"
#include "ir/verify/verify.h"
#include "passes/differentiate.h"
#include "passes/fuse.h"
#include "passes/layout.h"
#include "passes/lift.h"
#include "passes/plan.h"
#include "passes/poll.h"
#include "passes/schedule.h"
#include "passes/simplify.h"
#include "passes/vectorize.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr std::array kPipeline = {kDifferentiate, kSimplify,  kLift, kLayout, kFuse,
                                  kSchedule,      kVectorize, kPoll, kPlan};

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

bool is_scheduled(const StageValue& program) {
  const auto* partition = std::get_if<Partition>(&program);
  if (partition == nullptr) return false;
  const std::vector<KernelGroup>& kernels = partition->kernels;
  return std::any_of(kernels.begin(), kernels.end(),
                     [](const KernelGroup& kernel) { return kernel.schedule.has_value(); });
}

/// `before`: what the pass was given, where that has been verified.
void verify_stage(const StageValue& program, const StageValue* before, const PassOptions& options) {
  const auto* nests = before == nullptr ? nullptr : std::get_if<NestProgram>(before);
  if (const auto* program_of_nests = std::get_if<NestProgram>(&program)) return verify(*program_of_nests, nests);
  std::visit([](const auto& stage) { verify(stage); }, program);
  if (!is_scheduled(program)) return;
  try {
    check_schedules(std::get<Partition>(program), options);
  } catch (const Failure& refused) {
    internal_error(refused.what());
  }
}

std::string opt_flags(const Pass& pass, const PassOptions& options) {
  std::string flags =
      fmt::format("--passes={} --target={} --batch={}", pass.name, spelling(options.target.tier), options.capacity);
  if (!options.exact) flags += " --any-rows";
  if (options.fuse_limit >= 0) flags += fmt::format(" --fuse-limit={}", options.fuse_limit);
  return flags;
}

/// Runs one pass and verifies; a failure names the pass and carries the program that it was given. `verified`: that
/// program has been, so what the pass left as it was needs no second look.
StageValue run_verified(const Pass& pass, const StageValue& program, bool verified, const PassOptions& options) {
  try {
    StageValue result = pass.run(program, options);
    verify_stage(result, verified ? &program : nullptr, options);
    return result;
  } catch (const InternalError& error) {
    throw PassFailure(fmt::format("pass '{}': {}", pass.name, error.what()), print(program), opt_flags(pass, options));
  } catch (const std::bad_variant_access&) {
    throw Failure(ExitCode::wrong_command,
                  fmt::format("nnc: error: pass '{}' cannot follow here: it takes another stage "
                              "(graph → partition → program)",
                              pass.name));
  }
}

}  // namespace

std::span<const Pass> pipeline() { return kPipeline; }

const Pass* find_pass(std::string_view name) {
  for (const Pass& pass : kPipeline) {
    if (pass.name == name) return &pass;
  }
  return nullptr;
}

std::string print(const StageValue& program) {
  return std::visit([](const auto& stage) { return print(stage); }, program);
}

StageValue parse_stage(const std::string& text, const std::string& name) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  while (begin != std::string::npos && text[begin] == '#') {
    begin = text.find('\n', begin);
    if (begin != std::string::npos) begin = text.find_first_not_of(" \t\r\n", begin);
  }
  if (begin != std::string::npos && text.compare(begin, 6, "nests ") == 0) return parse_nests(text, name);
  // A partition is a graph with kernels after it, and what it is compiled for before it.
  if (begin != std::string::npos && text.compare(begin, 9, "compiled ") == 0) return parse_partition(text, name);
  if (text.find("\nkernel ") != std::string::npos) return parse_partition(text, name);
  return parse_graph(text, name);
}

StageValue run_passes(StageValue program, std::span<const Pass* const> passes, const PassOptions& options,
                      const PipelineObserver& observer) {
  // What a person may have changed by hand is refused as theirs, not as a pass's fault.
  if (is_scheduled(program)) check_schedules(std::get<Partition>(program), options);
  bool verified = false;
  for (const Pass* pass : passes) {
    Clock::time_point start = Clock::now();
    StageValue result = run_verified(*pass, program, verified, options);
    verified = true;
    if (observer.times != nullptr) observer.times->push_back({std::string(pass->name), milliseconds_since(start)});
    if (observer.after) {
      bool changed = program.index() != result.index() || print(program) != print(result);
      observer.after(*pass, result, changed);
    }
    program = std::move(result);
  }
  return program;
}

NestProgram run_pipeline(Graph graph, const PassOptions& options, const PipelineObserver& observer) {
  std::vector<const Pass*> passes;
  for (const Pass& pass : kPipeline) passes.push_back(&pass);
  return std::get<NestProgram>(run_passes(std::move(graph), passes, options, observer));
}

}  // namespace nnc
