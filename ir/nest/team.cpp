#include "ir/nest/team.h"

#include <algorithm>

namespace nnc {

namespace {

bool is_shared(const Block& block) {
  return std::any_of(block.begin(), block.end(), [](const Statement& statement) {
    const auto* loop = std::get_if<Loop>(&statement);
    return loop != nullptr && (loop->shares > 1 || is_shared(loop->body));
  });
}

}  // namespace

bool is_shared(const Kernel& kernel) { return is_shared(kernel.body); }

bool is_shared(const NestProgram& program) {
  return std::any_of(program.kernels.begin(), program.kernels.end(),
                     [](const Kernel& kernel) { return is_shared(kernel); });
}

LoopTurns turns_of_worker(int64_t begin, int64_t end, int64_t step, int64_t shares, int64_t worker) {
  const int64_t turns = end <= begin ? 0 : (end - begin - 1) / step + 1;
  if (turns == 1) return {begin, worker == 0 ? end : begin};
  auto first_of = [&](int64_t share) { return begin + turns * std::min(share, shares) / shares * step; };
  return {first_of(worker), std::min(first_of(worker + 1), end)};
}

int64_t bytes_between_workers(const Buffer& buffer) { return (buffer.bytes + 63) / 64 * 64; }

int64_t bytes_of_all_workers(const NestProgram& program, const Buffer& buffer) {
  return buffer.per_worker ? program.workers * bytes_between_workers(buffer) : buffer.bytes;
}

std::vector<Phase::Touch> Phase::touches_of(const Stage& stage) const {
  constexpr int64_t kState = -1, kArena = -2;
  std::vector<Touch> touches;
  auto touch = [&](BufferId id, bool written, bool by_all) {
    const Buffer& buffer = program_->buffers[id];
    switch (buffer.role) {
      case BufferRole::variable:
      case BufferRole::temporary: {
        const int64_t block = buffer.role == BufferRole::variable ? kState : kArena;
        const int64_t bytes = bytes_of_all_workers(*program_, buffer);
        touches.push_back({id, block, buffer.offset, buffer.offset + bytes, written, by_all});
        break;
      }
      case BufferRole::output: touches.push_back({id, buffer.slot, 0, 1, written, by_all}); break;
      default: break;  // only read
    }
  };
  if (const auto* check = std::get_if<FiniteCheck>(&stage)) touch(check->buffer, false, true);
  if (const auto* call = std::get_if<Call>(&stage)) {
    const Kernel& kernel = program_->kernels[call->kernel];
    for (size_t i = 0; i < call->arguments.size(); ++i) {
      touch(call->arguments[i].buffer, kernel.parameters[i].written, is_shared(kernel));
    }
  }
  return touches;
}

bool Phase::conflict(const Touch& a, const Touch& b, bool per_worker) {
  if (a.block != b.block || a.begin >= b.end || b.begin >= a.end) return false;
  return (a.written || b.written) && !(per_worker && a.buffer == b.buffer);
}

std::optional<Phase::Conflict> Phase::conflict_with(const Stage& stage) const {
  auto find = [&](const Touch& touch, const std::vector<Touch>& before) -> std::optional<Conflict> {
    const bool per_worker = program_->buffers[touch.buffer].per_worker;
    auto found = std::find_if(before.begin(), before.end(),
                              [&](const Touch& other) { return conflict(touch, other, per_worker); });
    return found == before.end() ? std::nullopt : std::optional(Conflict{found->buffer, touch.buffer});
  };
  for (const Touch& touch : touches_of(stage)) {
    if (auto found = find(touch, by_all_)) return found;
    if (!touch.by_all) continue;
    if (auto found = find(touch, by_one_)) return found;
  }
  return std::nullopt;
}

std::optional<Phase::Conflict> Phase::conflict_within(const Call& call) const {
  const std::vector<Touch> touches = touches_of(call);
  for (size_t i = 0; i < touches.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const bool two = touches[i].by_all && touches[i].buffer != touches[j].buffer;
      if (two && conflict(touches[i], touches[j], false)) return Conflict{touches[j].buffer, touches[i].buffer};
    }
  }
  return std::nullopt;
}

void Phase::add(const Stage& stage) {
  for (const Touch& touch : touches_of(stage)) (touch.by_all ? by_all_ : by_one_).push_back(touch);
}

void Phase::clear() {
  by_all_.clear();
  by_one_.clear();
}

}  // namespace nnc
