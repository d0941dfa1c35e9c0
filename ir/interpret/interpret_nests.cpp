#include "ir/interpret/interpret_nests.h"

#include <fmt/format.h>

#include <cmath>

#include "ir/nest/nest_compiler.h"
#include "ir/scalar/flush_denormals.h"
#include "support/error.h"

namespace nnc {

struct NestInterpreter::State {
  NestProgram program;  ///< kernels' bodies are compiled, not used
  std::vector<std::unique_ptr<CompiledKernel>> kernels;

  // within one run
  int64_t rows = 0;
  const volatile int32_t* stop = nullptr;
  std::vector<std::byte*> bases;  ///< by buffer
  std::vector<int64_t> turns;     ///< of the enclosing repeats

  void find_bases(StepArguments& arguments, int64_t done);
  bool run_stages(const std::vector<Stage>& stages, StepArguments& arguments);
  bool run_call(const Call& call);
  bool is_finite(BufferId buffer) const;
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
  const int64_t end = loop.end.at(frame.rows);
  int64_t turns = 0;
  for (int64_t turn = loop.begin.at(frame.rows); turn < end; turn += loop.step) {
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

/// False where the call polls and the step shall end.
bool NestInterpreter::State::run_call(const Call& call) {
  CompiledKernel& kernel = *kernels[call.kernel];
  std::vector<std::byte*> parameters;
  for (const Argument& argument : call.arguments) {
    int64_t offset = argument.offset;
    for (size_t depth = 0; depth < argument.per_turn.size(); ++depth) offset += argument.per_turn[depth] * turns[depth];
    parameters.push_back(bases[argument.buffer] + offset * byte_size(program.buffers[argument.buffer].element));
  }
  std::vector<int64_t> loops(kernel.loops);
  NestFrame frame{kernel.values.data(), loops.data(), parameters.data(), rows, call.polls ? stop : nullptr};
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
      if (is_finite(check->buffer)) continue;
      arguments.not_finite = 1;
      return false;
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
    if (!state.run_stages(state.program.stages, arguments)) return done;
  }
  return arguments.count;
}

int64_t interpret_nests(const NestProgram& program, StepArguments& arguments) {
  return NestInterpreter(program).run(arguments);
}

}  // namespace nnc
