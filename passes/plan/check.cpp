// The replay behind check_plan: who wrote each byte of the arena last, and which variables hold their new value.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ir/nest/team.h"
#include "passes/plan.h"
#include "support/error.h"

namespace nnc {

namespace {

/// The last writer of every byte: ranges that begin at the key.
class Ownership {
 public:
  void write(int64_t begin, int64_t end, BufferId owner) {
    if (begin >= end) return;
    split(begin);
    split(end);
    ranges_.erase(ranges_.lower_bound(begin), ranges_.lower_bound(end));
    ranges_[begin] = {end, owner};
  }

  bool owns(int64_t begin, int64_t end, BufferId owner) const {
    while (begin < end) {
      auto range = ranges_.upper_bound(begin);
      if (range == ranges_.begin()) return false;
      --range;
      if (range->second.end <= begin || range->second.owner != owner) return false;
      begin = range->second.end;
    }
    return true;
  }

 private:
  struct Range {
    int64_t end = 0;
    BufferId owner = 0;
  };
  void split(int64_t at) {
    auto range = ranges_.lower_bound(at);
    if (range == ranges_.begin()) return;
    --range;
    if (range->first == at || range->second.end <= at) return;
    Range upper{range->second.end, range->second.owner};
    range->second.end = at;
    ranges_[at] = upper;
  }
  std::map<int64_t, Range> ranges_;
};

class Replay {
 public:
  explicit Replay(const NestProgram& program) : program_(program) { guarded_ = has_check(program.stages); }

  void run(const std::vector<Stage>& stages) {
    for (const Stage& stage : stages) {
      if (const auto* call = std::get_if<Call>(&stage)) {
        replay(*call);
      } else if (const auto* check = std::get_if<FiniteCheck>(&stage)) {
        read(check->buffer, "the check of the loss");
        guarded_ = false;
      } else if (const auto* repeat = std::get_if<Repeat>(&stage)) {
        for (int64_t turn = 0; turn < std::min<int64_t>(repeat->count, 2); ++turn) run(repeat->stages);
      }
    }
  }

 private:
  static bool has_check(const std::vector<Stage>& stages) {
    return std::any_of(stages.begin(), stages.end(),
                       [](const Stage& stage) { return std::holds_alternative<FiniteCheck>(stage); });
  }

  int64_t end_of(const Buffer& buffer) const { return buffer.offset + bytes_of_all_workers(program_, buffer); }
  bool in_arena(BufferId id) const { return program_.buffers[id].role == BufferRole::temporary; }

  void replay(const Call& call) {
    const Kernel& kernel = program_.kernels[call.kernel];
    auto parameter = [&](size_t i) -> const Parameter& { return kernel.parameters[i]; };
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      BufferId id = call.arguments[i].buffer;
      // What a kernel also writes it has cleared itself, or it updates its own old value.
      if (parameter(i).read && !parameter(i).written) read(id, kernel.name);
      if (parameter(i).read) read_variable(call.arguments[i], kernel.name);
      if (!parameter(i).written) continue;
      if (program_.buffers[id].role == BufferRole::variable && guarded_) {
        internal_error(fmt::format("plan: kernel '{}' writes variable '{}' before the loss is checked", kernel.name,
                                   program_.buffers[id].name));
      }
      for (size_t j = 0; j < call.arguments.size(); ++j) apart(kernel, id, call.arguments[j].buffer);
    }
    for (size_t i = 0; i < call.arguments.size(); ++i) {
      BufferId id = call.arguments[i].buffer;
      const Buffer& buffer = program_.buffers[id];
      if (!parameter(i).written) continue;
      if (in_arena(id)) owners_.write(buffer.offset, end_of(buffer), id);
      if (buffer.role == BufferRole::variable) updated_.insert(id);
    }
  }

  void read(BufferId id, const std::string& reader) const {
    const Buffer& buffer = program_.buffers[id];
    if (!in_arena(id) || owners_.owns(buffer.offset, end_of(buffer), id)) return;
    internal_error(fmt::format("plan: {} reads '{}', whose bytes hold another value or none", reader, buffer.name));
  }

  /// The old value of a variable is read before the new one is written, the new one after.
  void read_variable(const Argument& argument, const std::string& reader) const {
    const Buffer& buffer = program_.buffers[argument.buffer];
    if (buffer.role != BufferRole::variable || argument.updated == updated_.contains(argument.buffer)) return;
    internal_error(fmt::format("plan: {} reads the {} value of variable '{}' {} it is written", reader,
                               argument.updated ? "new" : "old", buffer.name, argument.updated ? "before" : "after"));
  }

  /// What a kernel writes shares no byte with another of its buffers.
  void apart(const Kernel& kernel, BufferId written, BufferId other) const {
    if (written == other || !in_arena(written) || !share_bytes(program_, written, other)) return;
    internal_error(fmt::format("plan: kernel '{}' writes '{}' over '{}'", kernel.name, program_.buffers[written].name,
                               program_.buffers[other].name));
  }

  const NestProgram& program_;
  Ownership owners_;
  std::set<BufferId> updated_;
  bool guarded_ = false;
};

}  // namespace

void check_plan(const NestProgram& program) { Replay(program).run(program.stages); }

}  // namespace nnc
