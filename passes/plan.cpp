// 1. Variables, sorted by path, one after the other in the state block.
// 2. Temporaries in the arena, by their lifetimes (plan/place.h).
// 3. Of a program for several workers, barriers between calls that touch the same bytes (plan/barriers.h).
// 4. A replay that checks the result.
#include "passes/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/nest/team.h"
#include "passes/plan/barriers.h"

namespace nnc {

namespace {

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
    } else if (const auto* repeat = std::get_if<Repeat>(&stages[i])) {
      note_uses(repeat->stages, number, lives);
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

/// The temporaries that are used, with what they need, in the order of their numbers.
struct Temporaries {
  std::vector<BufferId> buffers;
  std::vector<Tenant> tenants;

  explicit Temporaries(const NestProgram& program) {
    std::vector<Lifetime> lives = lifetimes(program);
    for (BufferId id = 0; id < program.buffers.size(); ++id) {
      const Buffer& buffer = program.buffers[id];
      if (buffer.role != BufferRole::temporary || !lives[id].used()) continue;
      buffers.push_back(id);
      tenants.push_back({lives[id], aligned(bytes_of_all_workers(program, buffer))});
    }
  }
};

void place_temporaries(NestProgram& program) {
  Temporaries temporaries(program);
  Placement placement = place(temporaries.tenants);
  program.arena_bytes = placement.bytes;
  for (Buffer& buffer : program.buffers) {  // what is never used lies anywhere
    if (buffer.role != BufferRole::temporary) continue;
    buffer.offset = 0;
    program.arena_bytes = std::max(program.arena_bytes, aligned(bytes_of_all_workers(program, buffer)));
  }
  for (size_t i = 0; i < temporaries.buffers.size(); ++i) {
    program.buffers[temporaries.buffers[i]].offset = placement.offsets[i];
  }
}

}  // namespace

std::vector<Lifetime> lifetimes(const NestProgram& program) {
  std::vector<Lifetime> lives(program.buffers.size());
  note_uses(program.stages, -1, lives);
  return lives;
}

int64_t largest_live_set(const NestProgram& program) { return largest_live_set(Temporaries(program).tenants); }

std::string describe_plan(const NestProgram& program) {
  std::vector<Lifetime> lives = lifetimes(program);
  std::string text =
      fmt::format("# arena {} bytes, largest live set {} bytes\n", program.arena_bytes, largest_live_set(program));
  for (size_t id = 0; id < lives.size(); ++id) {
    const Buffer& buffer = program.buffers[id];
    if (buffer.role != BufferRole::temporary) continue;
    text += fmt::format("# {:>10} .. {:<10} stages {} .. {}  {}\n", buffer.offset,
                        buffer.offset + bytes_of_all_workers(program, buffer), lives[id].first, lives[id].last,
                        buffer.name);
  }
  return text;
}

NestProgram plan(NestProgram program) {
  place_variables(program);
  place_temporaries(program);
  if (program.workers > 1) place_barriers(program);
  program.has_barriers = program.workers > 1;
  check_plan(program);
  return program;
}

StageValue run_plan(const StageValue& program, const PassOptions&) { return plan(std::get<NestProgram>(program)); }

}  // namespace nnc
