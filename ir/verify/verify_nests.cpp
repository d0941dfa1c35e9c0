#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ir/nest/nest_check.h"
#include "ir/nest/nest_equal.h"
#include "ir/nest/stopping.h"
#include "ir/nest/team.h"
#include "ir/verify/verify.h"
#include "support/cores.h"
#include "support/error.h"

namespace nnc {

namespace {

class ProgramCheck {
 public:
  ProgramCheck(const NestProgram& program, const NestProgram* before) : program_(program), before_(before) {
    const bool alike = before != nullptr && before->target == program.target && before->capacity == program.capacity &&
                       before->exact == program.exact && before->workers == program.workers;
    if (!alike) before_ = nullptr;
  }

  void run() {
    require(program_.capacity >= 1, "the capacity is not positive");
    std::set<std::string> names;
    for (const Buffer& buffer : program_.buffers) {
      require(!buffer.name.empty() && names.insert(buffer.name).second, "two buffers are called '" + buffer.name + "'");
      check_buffer(buffer);
    }
    names.clear();
    for (size_t i = 0; i < program_.kernels.size(); ++i) {
      const Kernel& kernel = program_.kernels[i];
      require(!kernel.name.empty() && names.insert(kernel.name).second, "two kernels are called '" + kernel.name + "'");
      if (before_ != nullptr && i < before_->kernels.size() && same_kernel(kernel, before_->kernels[i])) continue;
      check_structure(kernel);
      check_bounds(kernel, program_.capacity, program_.exact);
      check_registers(kernel, program_.target);
      check_shares(kernel, program_.workers, program_.capacity, program_.exact);
    }
    check_stages(program_.stages);
    check_workers();
  }

 private:
  void require(bool holds, const std::string& what) const {
    if (!holds) internal_error(fmt::format("nests '{}': {}", program_.name, what));
  }

  /// Elements from the first to the last of a shape with these strides; at least 0. Nothing where samples are counted.
  std::optional<Wide> reach(const Shape& shape, const std::vector<int64_t>& strides) const {
    Wide last = 0;
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      if (shape[axis].symbol == Symbol::samples) return std::nullopt;
      int64_t count = shape[axis].at(program_.capacity);
      if (count <= 0) return 0;
      last += static_cast<Wide>(count - 1) * strides[axis];
    }
    return last + 1;
  }

  void check_buffer(const Buffer& buffer) const {
    auto say = [&](const char* what) { return fmt::format("buffer '{}' {}", buffer.name, what); };
    require(buffer.shape.size() == buffer.strides.size() && buffer.shape.size() <= kMaxRank,
            say("needs one stride an axis"));
    require(buffer.slot >= 0, say("has a negative slot"));
    require(std::all_of(buffer.strides.begin(), buffer.strides.end(), [](int64_t stride) { return stride >= 0; }),
            say("has a negative stride"));
    bool placed = buffer.role == BufferRole::variable || buffer.role == BufferRole::temporary;
    std::optional<Wide> elements = reach(buffer.shape, buffer.strides);
    require(elements || !placed, say("lies in a block and has no fixed size"));
    require(!buffer.per_worker || buffer.role == BufferRole::temporary,
            say("is no temporary, and every worker has one"));
    if (!placed) return;
    Wide bytes = *elements * byte_size(buffer.element);
    require(buffer.bytes == 0 || buffer.bytes >= bytes, say("is larger than its bytes"));
    if (buffer.offset < 0) return;  // not planned yet
    require(buffer.offset % 64 == 0, say("is not aligned to 64 bytes"));
    int64_t whole = buffer.role == BufferRole::variable ? program_.state_bytes : program_.arena_bytes;
    require(buffer.offset + std::max<Wide>(bytes, bytes_of_all_workers(program_, buffer)) <= whole,
            say("leaves its block"));
  }

  void check_stages(const std::vector<Stage>& stages) {
    for (const Stage& stage : stages) {
      if (const auto* call = std::get_if<Call>(&stage)) {
        check_call(*call);
      } else if (const auto* check = std::get_if<FiniteCheck>(&stage)) {
        require(check->buffer < program_.buffers.size(), "a check names no buffer");
        Element element = program_.buffers[check->buffer].element;
        require(element == Element::f32 || element == Element::f64, "a check is of a float");
      } else if (const auto* inner = std::get_if<Repeat>(&stage)) {
        const Repeat& repeat = *inner;
        require(repeat.count >= 0 && counts_.size() < 32, "a repeat has a wrong count or lies too deep");
        state_written_ = state_written_ || writes_state(program_, stage);  // by a turn before
        counts_.push_back(repeat.count);
        check_stages(repeat.stages);
        counts_.pop_back();
      }
    }
  }

  void check_call(const Call& call) {
    require(call.kernel < program_.kernels.size(), "a call names no kernel");
    const Kernel& kernel = program_.kernels[call.kernel];
    require(call.arguments.size() == kernel.parameters.size(),
            fmt::format("a call of '{}' has {} arguments, not {}", kernel.name, call.arguments.size(),
                        kernel.parameters.size()));
    for (size_t i = 0; i < call.arguments.size(); ++i) check_argument(call, kernel.parameters[i], call.arguments[i]);
    state_written_ = state_written_ || writes_state(program_, call);
    require(!call.polls || !state_written_,
            fmt::format("the call of '{}' polls, and by then a variable may be written", kernel.name));
  }

  void check_argument(const Call& call, const Parameter& parameter, const Argument& argument) {
    const Kernel& kernel = program_.kernels[call.kernel];
    require(argument.buffer < program_.buffers.size(), "an argument names no buffer");
    const Buffer& buffer = program_.buffers[argument.buffer];
    auto say = [&](const char* what) {
      return fmt::format("the call of '{}' with '{}' for '{}' {}", kernel.name, buffer.name, parameter.name, what);
    };
    require(buffer.element == parameter.element, say("changes the element type"));
    bool fixed = buffer.role != BufferRole::variable && buffer.role != BufferRole::temporary &&
                 buffer.role != BufferRole::output;
    require(!fixed || !parameter.written, say("writes what is only read"));
    if (buffer.per_worker) {
      const Call*& user = users_[argument.buffer];
      require(user == nullptr || user == &call, say("takes what every worker has of its own from another call"));
      user = &call;
    }
    require(buffer.per_worker == parameter.per_worker, say("differs in whether every worker has its own"));
    require(argument.per_turn.size() <= counts_.size(), say("counts turns of repeats that are not there"));
    for (int64_t stride : parameter.strides) require(stride >= 0, say("has a negative stride"));
    Wide first = argument.offset, last = argument.offset;
    for (size_t depth = 0; depth < argument.per_turn.size(); ++depth) {
      Wide moved = static_cast<Wide>(argument.per_turn[depth]) * std::max<int64_t>(counts_[depth] - 1, 0);
      (moved < 0 ? first : last) += moved;
    }
    require(first >= 0, say("begins before the buffer"));
    std::optional<Wide> have = reach(buffer.shape, buffer.strides), want = reach(parameter.shape, parameter.strides);
    if (!have || !want) return;
    Wide elements = std::max<Wide>(*have, buffer.bytes / byte_size(buffer.element));
    require(*want == 0 || last + *want <= elements, say("reaches beyond the buffer"));
  }

  /// Of a program whose buffers have their places: no worker is at what another writes.
  void check_workers() const {
    require(program_.workers >= 1 && program_.workers <= kMostThreads, "the number of workers is out of range");
    Phase phase(program_);
    if (program_.has_barriers) check_barriers(program_.stages, phase);
  }

  void check_apart(const Call& call, const Phase& phase) const {
    std::optional<Phase::Conflict> conflict = phase.conflict_within(call);
    if (!conflict) return;
    require(false, fmt::format("the call of '{}', which all workers run, writes '{}' or '{}', and they share memory",
                               program_.kernels[call.kernel].name, program_.buffers[conflict->before].name,
                               program_.buffers[conflict->next].name));
  }

  [[noreturn]] void refuse_without_barrier(const Stage& stage, const Phase::Conflict& conflict) const {
    const auto* call = std::get_if<Call>(&stage);
    const std::string what =
        call == nullptr ? "the check" : "the call of '" + program_.kernels[call->kernel].name + "'";
    const std::string &before = program_.buffers[conflict.before].name, &next = program_.buffers[conflict.next].name;
    internal_error(fmt::format("nests '{}': {} needs a barrier before it: another worker may still be at '{}'{}",
                               program_.name, what, before,
                               before == next ? "" : fmt::format(", whose memory '{}' shares", next)));
  }

  void check_barriers(const std::vector<Stage>& stages, Phase& phase) const {
    for (const Stage& stage : stages) {
      if (std::holds_alternative<Barrier>(stage)) {
        phase.clear();
      } else if (const auto* repeat = std::get_if<Repeat>(&stage)) {
        if (repeat->count == 0) continue;
        require(!repeat->stages.empty() && std::holds_alternative<Barrier>(repeat->stages[0]),
                "a repeat that several workers run begins with a barrier");
        check_barriers(repeat->stages, phase);
      } else {
        if (const auto* call = std::get_if<Call>(&stage)) check_apart(*call, phase);
        if (std::optional<Phase::Conflict> conflict = phase.conflict_with(stage))
          refuse_without_barrier(stage, *conflict);
        phase.add(stage);
      }
    }
  }

  const NestProgram& program_;
  const NestProgram* before_;              ///< verified, and of kernels that must hold to the same; may be null
  std::vector<int64_t> counts_;            ///< of the enclosing repeats
  std::map<BufferId, const Call*> users_;  ///< of buffers of which every worker has one
  bool state_written_ = false;
};

}  // namespace

void verify(const NestProgram& program, const NestProgram* before) { ProgramCheck(program, before).run(); }

}  // namespace nnc
