#include "ir/interpret/interpret_nests.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "ir/nest/nest_compiler.h"
#include "ir/nest/team.h"
#include "ir/scalar/flush_denormals.h"
#include "support/error.h"

namespace nnc {

struct NestInterpreter::State {
  NestProgram program;  ///< kernels' bodies are compiled, not used
  std::vector<std::unique_ptr<CompiledKernel>> kernels;

  // within one run
  TeamWatch* watch = nullptr;
  int64_t rows = 0;
  const volatile int32_t* stop = nullptr;
  std::vector<std::byte*> bases;  ///< by buffer
  std::vector<int64_t> turns;     ///< of the enclosing repeats

  void find_bases(StepArguments& arguments, int64_t done);
  bool run_stages(const std::vector<Stage>& stages, StepArguments& arguments);
  bool run_call(const Call& call);
  bool run_on(const Call& call, int64_t worker);
  bool is_finite(BufferId buffer) const;

  // of a team: calls since the last barrier, each with the turns of its repeats
  std::vector<std::pair<const Call*, std::vector<int64_t>>> waiting;
  bool run_waiting();
  void pass_barrier();
  bool run_step(StepArguments& arguments);
};

namespace {

int64_t elements_a_step(const Buffer& buffer, int64_t capacity) {
  int64_t count = 1;
  for (const Dim& dim : buffer.shape) count *= dim.at(capacity);
  return count;
}

bool run_items(const std::vector<CompiledItem>& items, NestFrame& frame, const CompiledKernel& kernel);

/// False where a poll has ended it.
bool run_loop(const CompiledLoop& loop, NestFrame& frame, const CompiledKernel& kernel) {
  int64_t begin = loop.begin.at(frame.rows), end = loop.end.at(frame.rows), turns = 0;
  if (loop.shares > 1) {
    const LoopTurns own = turns_of_worker(begin, end, loop.step, loop.shares, frame.worker);
    begin = own.begin, end = own.end;
  }
  for (int64_t turn = begin; turn < end; turn += loop.step) {
    const bool polls = loop.polls > 0 && frame.stop != nullptr && turns > 0 && turns % loop.polls == 0;
    if (polls && *frame.stop != 0) return false;
    frame.loops[loop.id] = turn;
    if (!run_items(loop.body, frame, kernel)) return false;
    ++turns;
  }
  return true;
}

bool run_items(const std::vector<CompiledItem>& items, NestFrame& frame, const CompiledKernel& kernel) {
  for (const CompiledItem& item : items) {
    if (const auto* run = std::get_if<CompiledRun>(&item)) {
      try {
        for (const NestOp& op : run->ops) op.run(frame, op);
      } catch (const PlaceFault& fault) {
        internal_error(
            fmt::format("kernel '{}': {}\n  {}", kernel.name, fault.what, kernel.statements[run->statement]));
      }
      continue;
    }
    if (!run_loop(std::get<CompiledLoop>(item), frame, kernel)) return false;
  }
  return true;
}

}  // namespace

void NestInterpreter::State::find_bases(StepArguments& arguments, int64_t done) {
  bases.clear();
  auto bytes_of = [](const void* pointer) { return const_cast<std::byte*>(static_cast<const std::byte*>(pointer)); };
  for (const Buffer& buffer : program.buffers) {
    auto slot = static_cast<size_t>(buffer.slot);
    switch (buffer.role) {
      case BufferRole::variable: bases.push_back(arguments.state + buffer.offset); break;
      case BufferRole::temporary: bases.push_back(arguments.arena + buffer.offset); break;
      case BufferRole::column: bases.push_back(bytes_of(arguments.columns[slot])); break;
      case BufferRole::order: bases.push_back(bytes_of(arguments.order + done * rows)); break;
      case BufferRole::setting: bases.push_back(bytes_of(arguments.settings + slot)); break;
      case BufferRole::step: bases.push_back(bytes_of(&arguments.step)); break;
      case BufferRole::seed: bases.push_back(bytes_of(&arguments.seed)); break;
      case BufferRole::output: {
        int64_t bytes = elements_a_step(buffer, program.capacity) * byte_size(buffer.element);
        bases.push_back(bytes_of(arguments.outputs[slot]) + done * bytes);
        break;
      }
    }
  }
}

/// False where the call polls and the step shall end. A team's calls wait for the next barrier.
bool NestInterpreter::State::run_call(const Call& call) {
  if (program.workers == 1) return run_on(call, 0);
  waiting.emplace_back(&call, turns);
  if (!call.polls) return true;
  const bool whole = run_waiting();
  pass_barrier();
  return whole && *stop == 0;
}

bool NestInterpreter::State::run_waiting() {
  std::vector<int64_t> workers(static_cast<size_t>(program.workers));
  std::iota(workers.begin(), workers.end(), 0);
  if (watch != nullptr) watch->order(workers);
  const std::vector<int64_t> turns_here = std::move(turns);
  bool whole = true;
  for (int64_t worker : workers) {
    for (const auto& [call, turns_of_call] : waiting) {
      turns = turns_of_call;
      if (worker == 0 || kernels[call->kernel]->shared) whole = run_on(*call, worker) && whole;
    }
  }
  turns = turns_here;
  waiting.clear();
  return whole;
}

void NestInterpreter::State::pass_barrier() {
  if (watch != nullptr) watch->barrier();
}

bool NestInterpreter::State::run_on(const Call& call, int64_t worker) {
  CompiledKernel& kernel = *kernels[call.kernel];
  std::vector<std::byte*> parameters;
  for (const Argument& argument : call.arguments) {
    int64_t offset = argument.offset;
    for (size_t depth = 0; depth < argument.per_turn.size(); ++depth) offset += argument.per_turn[depth] * turns[depth];
    const Buffer& buffer = program.buffers[argument.buffer];
    std::byte* base = bases[argument.buffer] + (buffer.per_worker ? worker * bytes_between_workers(buffer) : 0);
    parameters.push_back(base + offset * byte_size(buffer.element));
  }
  std::vector<int64_t> loops(kernel.loops);
  NestFrame frame{
      kernel.values.data(), loops.data(), parameters.data(), rows, call.polls ? stop : nullptr, worker, watch};
  if (watch != nullptr) watch->enter(worker, kernel.name);
  for (const Argument& argument : call.arguments) {  // what a worker has of its own is all its while it is here
    const Buffer& buffer = program.buffers[argument.buffer];
    std::byte* first = bases[argument.buffer] + worker * bytes_between_workers(buffer);
    if (watch != nullptr && buffer.per_worker) watch->touched(first, static_cast<size_t>(buffer.bytes), true);
  }
  return run_items(kernel.body, frame, kernel) && (!call.polls || *stop == 0);
}

bool NestInterpreter::State::is_finite(BufferId buffer) const {
  const std::byte* at = bases[buffer];
  if (program.buffers[buffer].element == Element::f64) return std::isfinite(*reinterpret_cast<const double*>(at));
  return std::isfinite(*reinterpret_cast<const float*>(at));
}

/// False when a check failed or a poll has ended the step.
bool NestInterpreter::State::run_stages(const std::vector<Stage>& stages, StepArguments& arguments) {
  for (const Stage& stage : stages) {
    if (const auto* call = std::get_if<Call>(&stage)) {
      if (!run_call(*call)) return false;
    } else if (const auto* check = std::get_if<FiniteCheck>(&stage)) {
      if (!run_waiting()) return false;
      for (int64_t worker = 0; watch != nullptr && worker < program.workers; ++worker) {
        watch->enter(worker, "the check of the loss");
        watch->touched(bases[check->buffer], static_cast<size_t>(byte_size(program.buffers[check->buffer].element)),
                       false);
      }
      if (is_finite(check->buffer)) continue;
      arguments.not_finite = 1;
      return false;
    } else if (std::holds_alternative<Barrier>(stage)) {
      if (!run_waiting()) return false;
      pass_barrier();
    } else {
      const auto& repeat = std::get<Repeat>(stage);
      for (int64_t i = 0; i < repeat.count; ++i) {
        turns.push_back(repeat.reverse ? repeat.count - 1 - i : i);
        bool fine = run_stages(repeat.stages, arguments);
        turns.pop_back();
        if (!fine) return false;
      }
    }
  }
  return true;
}

bool NestInterpreter::State::run_step(StepArguments& arguments) {
  bool whole = run_stages(program.stages, arguments);
  whole = whole && run_waiting();
  waiting.clear();
  pass_barrier();
  return whole;
}

NestInterpreter::NestInterpreter(const NestProgram& program) : state_(std::make_unique<State>()) {
  state_->program = program;
  for (const Kernel& kernel : program.kernels) {
    state_->kernels.push_back(compile_for_interpreter(kernel, program.target.has_fma));
  }
}

NestInterpreter::~NestInterpreter() = default;
NestInterpreter::NestInterpreter(NestInterpreter&&) noexcept = default;
NestInterpreter& NestInterpreter::operator=(NestInterpreter&&) noexcept = default;

int64_t NestInterpreter::run(StepArguments& arguments) {
  FlushDenormals flush;
  State& state = *state_;
  state.rows = state.program.exact ? state.program.capacity : arguments.rows;
  state.stop = arguments.stop != nullptr ? arguments.stop : &arguments.not_finite;
  NNC_ASSERT(state.rows >= 1 && state.rows <= state.program.capacity, "rows lie between 1 and the capacity");
  for (int64_t done = 0; done < arguments.count; ++done) {
    if (*state.stop != 0) return done;
    arguments.step = static_cast<int32_t>(arguments.first_step + done);
    state.find_bases(arguments, done);
    if (!state.run_step(arguments)) return done;
  }
  return arguments.count;
}

void NestInterpreter::watch(TeamWatch* watch) { state_->watch = watch; }

int64_t interpret_nests(const NestProgram& program, StepArguments& arguments) {
  return NestInterpreter(program).run(arguments);
}

}  // namespace nnc
