// 1. Variables, sorted by path, one after the other in the state block.
// 2. Temporaries from the largest to the smallest, each at the lowest place that no buffer alive with it occupies, and
//    where large buffers are used together, not at the same distance from a page's start.
// 3. A replay that checks the result.
#include "passes/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace nnc {

namespace {

constexpr int64_t kAlignment = 64, kPage = 4096;

void note_uses(const std::vector<Stage>& stages, int outer, std::vector<Lifetime>& lives) {
  auto use = [&](BufferId buffer, int stage) {
    Lifetime& life = lives[buffer];
    if (!life.used()) life.first = stage;
    life.last = stage;
  };
  for (size_t i = 0; i < stages.size(); ++i) {
    int number = outer >= 0 ? outer : static_cast<int>(i);
    if (const auto* call = std::get_if<Call>(&stages[i])) {
      for (const Argument& argument : call->arguments) use(argument.buffer, number);
    } else if (const auto* check = std::get_if<FiniteCheck>(&stages[i])) {
      use(check->buffer, number);
    } else {
      note_uses(std::get<Repeat>(stages[i]).stages, number, lives);
    }
  }
}

int64_t aligned(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

void place_variables(NestProgram& program) {
  std::vector<Buffer*> variables;
  for (Buffer& buffer : program.buffers) {
    if (buffer.role == BufferRole::variable) variables.push_back(&buffer);
    if (buffer.role != BufferRole::variable && buffer.role != BufferRole::temporary) buffer.offset = 0;
  }
  std::sort(variables.begin(), variables.end(), [](const Buffer* a, const Buffer* b) { return a->name < b->name; });
  program.state_bytes = 0;
  for (Buffer* buffer : variables) {
    buffer->offset = program.state_bytes;
    program.state_bytes += aligned(buffer->bytes);
  }
}

/// The lowest aligned place for `size` bytes beside these, which are sorted by offset.
int64_t lowest_place(const std::vector<const Buffer*>& beside, int64_t size) {
  int64_t offset = 0;
  // A page has 64 starts; where as many large buffers live together, no start is left to choose.
  auto large = std::count_if(beside.begin(), beside.end(), [](const Buffer* other) { return other->bytes >= kPage; });
  bool starts_left = large < kPage / kAlignment;
  auto same_in_page = [&](const Buffer* other) {
    return starts_left && size >= kPage && other->bytes >= kPage && other->offset % kPage == offset % kPage;
  };
  for (bool moved = true; moved;) {
    moved = false;
    for (const Buffer* other : beside) {
      bool overlaps = offset < other->offset + aligned(other->bytes) && other->offset < offset + size;
      if (overlaps) {
        offset = other->offset + aligned(other->bytes);
      } else if (same_in_page(other)) {
        offset += kAlignment;
      } else {
        continue;
      }
      moved = true;
      break;
    }
  }
  return offset;
}

void place_temporaries(NestProgram& program) {
  std::vector<Lifetime> lives = lifetimes(program);
  std::vector<BufferId> order;
  for (BufferId id = 0; id < program.buffers.size(); ++id) {
    if (program.buffers[id].role == BufferRole::temporary) order.push_back(id);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](BufferId a, BufferId b) { return program.buffers[a].bytes > program.buffers[b].bytes; });
  program.arena_bytes = 0;
  std::vector<BufferId> placed;
  for (BufferId id : order) {
    Buffer& buffer = program.buffers[id];
    std::vector<const Buffer*> beside;
    for (BufferId other : placed) {
      if (lives[other].used() && lives[other].meets(lives[id])) beside.push_back(&program.buffers[other]);
    }
    std::sort(beside.begin(), beside.end(), [](const Buffer* a, const Buffer* b) { return a->offset < b->offset; });
    buffer.offset = lives[id].used() ? lowest_place(beside, aligned(buffer.bytes)) : 0;
    program.arena_bytes = std::max(program.arena_bytes, buffer.offset + aligned(buffer.bytes));
    placed.push_back(id);
  }
}

}  // namespace

std::vector<Lifetime> lifetimes(const NestProgram& program) {
  std::vector<Lifetime> lives(program.buffers.size());
  note_uses(program.stages, -1, lives);
  return lives;
}

int64_t largest_live_set(const NestProgram& program) {
  std::vector<Lifetime> lives = lifetimes(program);
  int64_t largest = 0;
  for (size_t stage = 0; stage < program.stages.size(); ++stage) {
    Lifetime now{static_cast<int>(stage), static_cast<int>(stage)};
    int64_t bytes = 0;
    for (size_t id = 0; id < lives.size(); ++id) {
      bool temporary = program.buffers[id].role == BufferRole::temporary;
      if (temporary && lives[id].used() && lives[id].meets(now)) bytes += aligned(program.buffers[id].bytes);
    }
    largest = std::max(largest, bytes);
  }
  return largest;
}

std::string describe_plan(const NestProgram& program) {
  std::vector<Lifetime> lives = lifetimes(program);
  std::string text =
      fmt::format("# arena {} bytes, largest live set {} bytes\n", program.arena_bytes, largest_live_set(program));
  for (size_t id = 0; id < lives.size(); ++id) {
    const Buffer& buffer = program.buffers[id];
    if (buffer.role != BufferRole::temporary) continue;
    text += fmt::format("# {:>10} .. {:<10} stages {} .. {}  {}\n", buffer.offset, buffer.offset + buffer.bytes,
                        lives[id].first, lives[id].last, buffer.name);
  }
  return text;
}

NestProgram plan(NestProgram program) {
  place_variables(program);
  place_temporaries(program);
  check_plan(program);
  return program;
}

StageValue run_plan(const StageValue& program, const PassOptions&) { return plan(std::get<NestProgram>(program)); }

}  // namespace nnc
