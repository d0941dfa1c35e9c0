#include "runtime/step/executable.h"

#include <algorithm>
#include <chrono>

#include "ir/interpret/interpret_nests.h"
#include "ir/nest/nest_work.h"

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

Executable Executable::build(const Graph& graph, const BuildOptions& options, int64_t capacity, bool exact) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  Executable executable;
  const PassOptions passes = options.passes(capacity, exact);
  PipelineObserver observer;
  observer.times = &executable.times_.passes;
  executable.program_ = run_pipeline(graph, passes, observer);
  executable.arena_ = AlignedBytes(static_cast<size_t>(executable.program_.arena_bytes));
  if (!options.interpret) {
    executable.code_ = std::make_unique<CompiledProgram>(compile(executable.program_, options.time_stamps));
    executable.times_.emit = executable.code_->emit_milliseconds();
    executable.times_.machine = executable.code_->machine_milliseconds();
    executable.times_.kernels = executable.code_->kernels();
  }
  executable.team_ = options.team;
  if (!options.always_together) executable.pace_ = std::make_unique<TeamPace>();
  executable.times_.graph = graph.name;
  executable.times_.capacity = capacity;
  executable.times_.exact = exact;
  executable.times_.all = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  if (options.on_built) options.on_built(executable.times_);
  return executable;
}

int64_t Executable::run(StepArguments& arguments) const {
  arguments.arena = arena_.data();
  if (!code_) return interpret_nests(program_, arguments);
  if (program_.workers == 1) return code_->run(arguments);
  if (pace_ == nullptr) return team_->ready() ? run_on_team(arguments) : run_alone(arguments);
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const bool together = pace_->together() && team_->ready();
  const int64_t done = together ? run_on_team(arguments) : run_alone(arguments);
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
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
