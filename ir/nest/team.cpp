#include "ir/nest/team.h"

#include <algorithm>

namespace nnc {

bool is_shared(const Kernel& kernel) {
  return any_loop(kernel.body, [](const Loop& loop) { return loop.shares > 1; });
}

bool is_shared(const NestProgram& program) {
  return std::any_of(program.kernels.begin(), program.kernels.end(),
                     [](const Kernel& kernel) { return is_shared(kernel); });
}

LoopTurns turns_of_worker(int64_t begin, int64_t end, int64_t step, int64_t shares, int64_t worker) {
  const int64_t turns = count_turns(begin, end, step);
  if (turns == 1) return {begin, worker == 0 ? end : begin};
  auto first_of = [&](int64_t share) { return begin + turns * std::min(share, shares) / shares * step; };
  return {first_of(worker), std::min(first_of(worker + 1), end)};
}

int64_t bytes_between_workers(const Buffer& buffer) { return (buffer.bytes + 63) / 64 * 64; }

int64_t bytes_of_all_workers(const NestProgram& program, const Buffer& buffer) {
  return buffer.per_worker ? program.workers * bytes_between_workers(buffer) : buffer.bytes;
}

bool share_bytes(const NestProgram& program, BufferId a, BufferId b) {
  const Buffer &one = program.buffers[a], &other = program.buffers[b];
  if (one.role != other.role) return false;
  if (one.role != BufferRole::variable && one.role != BufferRole::temporary) return one.slot == other.slot;
  auto end = [&](const Buffer& buffer) { return buffer.offset + bytes_of_all_workers(program, buffer); };
  return one.offset < end(other) && other.offset < end(one);
}

std::pair<Phase::Touches, bool> Phase::touches_of(const Stage& stage) const {
  if (const auto* check = std::get_if<FiniteCheck>(&stage)) return {{{check->buffer, false}}, true};
  Touches touches;
  const auto& call = std::get<Call>(stage);
  const Kernel& kernel = program_->kernels[call.kernel];
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    touches.push_back({call.arguments[i].buffer, kernel.parameters[i].written});
  }
  return {std::move(touches), is_shared(kernel)};
}

/// Of different workers. What each has of its own is touched by no other.
bool Phase::conflict(const Touch& a, const Touch& b) const {
  const bool own = a.buffer == b.buffer && program_->buffers[a.buffer].per_worker;
  return (a.written || b.written) && !own && share_bytes(*program_, a.buffer, b.buffer);
}

std::optional<Phase::Conflict> Phase::conflict_with(const Stage& stage) const {
  const auto [touches, by_all] = touches_of(stage);
  for (const Touch& touch : touches) {
    for (const Touches* before : {&by_all_, &by_one_}) {
      if (before == &by_one_ && !by_all) continue;  // worker 0 follows itself
      auto found =
          std::find_if(before->begin(), before->end(), [&](const Touch& other) { return conflict(touch, other); });
      if (found != before->end()) return Conflict{found->buffer, touch.buffer};
    }
  }
  return std::nullopt;
}

std::optional<Phase::Conflict> Phase::conflict_within(const Call& call) const {
  const auto [touches, by_all] = touches_of(call);
  for (size_t i = 0; by_all && i < touches.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const bool two = touches[i].buffer != touches[j].buffer;
      if (two && conflict(touches[i], touches[j])) return Conflict{touches[j].buffer, touches[i].buffer};
    }
  }
  return std::nullopt;
}

void Phase::add(const Stage& stage) {
  const auto [touches, by_all] = touches_of(stage);
  Touches& into = by_all ? by_all_ : by_one_;
  into.insert(into.end(), touches.begin(), touches.end());
}

void Phase::clear() {
  by_all_.clear();
  by_one_.clear();
}

}  // namespace nnc
