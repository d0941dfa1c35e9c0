#include "runtime/step/executable.h"

#include <algorithm>
#include <chrono>

#include "ir/interpret/interpret_nests.h"
#include "ir/nest/nest_work.h"
#include "support/error.h"

namespace nnc {

PassOptions BuildOptions::passes(int64_t capacity, bool exact) const {
  PassOptions passes;
  passes.target = target;
  passes.capacity = capacity;
  passes.exact = exact;
  passes.fuse_limit = fuse_limit;
  passes.workers = team == nullptr ? 1 : team->workers();
  passes.least_shared_work = least_shared_work;
  return passes;
}

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

void BuildTimes::scale(double factor) {
  for (PassTime& pass : passes) pass.milliseconds *= factor;
  for (KernelCode& kernel : kernels) {
    kernel.emit_milliseconds *= factor;
    kernel.machine_milliseconds *= factor;
  }
  emit *= factor;
  machine *= factor;
  all *= factor;
}

Executable Executable::plan(const Graph& graph, const BuildOptions& options, int64_t capacity, bool exact) {
  const Clock::time_point start = Clock::now();
  Executable executable;
  const PassOptions passes = options.passes(capacity, exact);
  PipelineObserver observer;
  observer.times = &executable.times_.passes;
  executable.program_ = run_pipeline(graph, passes, observer);
  executable.arena_ = AlignedBytes(static_cast<size_t>(executable.program_.arena_bytes));
  executable.interpret_ = options.interpret;
  executable.time_stamps_ = options.time_stamps;
  executable.team_ = options.team;
  if (!options.always_together) executable.pace_ = std::make_unique<TeamPace>();
  executable.times_.graph = graph.name;
  executable.times_.capacity = capacity;
  executable.times_.exact = exact;
  executable.times_.all = milliseconds_since(start);
  return executable;
}

void Executable::make_code() {
  if (interpret_ || code_ != nullptr) return;
  const Clock::time_point start = Clock::now();
  code_ = std::make_shared<const CompiledProgram>(compile(program_, time_stamps_));
  times_.emit = code_->emit_milliseconds();
  times_.machine = code_->machine_milliseconds();
  times_.kernels = code_->kernels();
  times_.all += milliseconds_since(start);
}

Executable Executable::beside() const {
  NNC_ASSERT(program_.workers == 1, "two runs of one team at once");
  Executable other;
  other.program_ = program_;
  other.interpret_ = interpret_;
  other.time_stamps_ = time_stamps_;
  other.code_ = code_;
  other.arena_ = AlignedBytes(static_cast<size_t>(program_.arena_bytes));
  other.times_ = times_;
  return other;
}

Executable Executable::build(const Graph& graph, const BuildOptions& options, int64_t capacity, bool exact) {
  Executable executable = plan(graph, options, capacity, exact);
  executable.make_code();
  if (options.on_built) options.on_built(executable.times_);
  return executable;
}

int64_t Executable::run(StepArguments& arguments) const {
  NNC_ASSERT(interpret_ || code_ != nullptr, "a step has no code yet");
  arguments.arena = arena_.data();
  if (interpret_) return interpret_nests(program_, arguments);
  if (program_.workers == 1) return code_->run(arguments);
  if (pace_ == nullptr) return team_->ready() ? run_on_team(arguments) : run_alone(arguments);
  if (team_->has_lent_its_cores()) return run_alone(arguments);  // from which nothing is learnt
  const Clock::time_point start = Clock::now();
  const bool together = pace_->together() && team_->ready();
  const int64_t done = together ? run_on_team(arguments) : run_alone(arguments);
  const double seconds = milliseconds_since(start) / 1e3;
  if (done > 0) pace_->ran(seconds / static_cast<double>(done * arguments.rows));
  return done;
}

/// The code for a team, by its first worker: all parts of what is shared, and barriers that wait for nobody.
int64_t Executable::run_alone(StepArguments& arguments) const {
  TeamLink nobody;
  nobody.barrier = [](TeamLink*, int64_t) {};
  arguments.team = &nobody;
  arguments.worker = 0;
  arguments.parts = program_.workers;
  const int64_t done = code_->run(arguments);
  arguments.team = nullptr;
  return done;
}

int64_t Executable::run_on_team(StepArguments& arguments) const {
  struct alignas(128) Own {  // no two workers write one cache line
    StepArguments arguments;
    int64_t done = 0;
  };
  std::vector<Own> own(static_cast<size_t>(program_.workers));
  const size_t slots = arguments.ticks == nullptr ? 0 : TickSlots::calls + call_sites(program_).size();
  for (size_t worker = 0; worker < own.size(); ++worker) {
    own[worker].arguments = arguments;
    own[worker].arguments.worker = static_cast<int64_t>(worker);
    if (arguments.ticks != nullptr) own[worker].arguments.ticks += worker * slots;
  }
  team_->run([&](int64_t worker, TeamLink& link) {
    Own& mine = own[static_cast<size_t>(worker)];
    mine.arguments.team = &link;
    mine.done = code_->run(mine.arguments);
  });
  arguments.not_finite = own[0].arguments.not_finite;
  arguments.step = own[0].arguments.step;
  return own[0].done;
}

std::vector<const Buffer*> Executable::buffers(BufferRole role) const {
  std::vector<const Buffer*> found;
  for (const Buffer& buffer : program_.buffers) {
    if (buffer.role == role) found.push_back(&buffer);
  }
  std::stable_sort(found.begin(), found.end(), [](const Buffer* a, const Buffer* b) { return a->slot < b->slot; });
  return found;
}

std::optional<int> Executable::output(const std::string& name) const {
  for (const Buffer& buffer : program_.buffers) {
    if (buffer.role == BufferRole::output && buffer.name == name) return buffer.slot;
  }
  return std::nullopt;
}

}  // namespace nnc
