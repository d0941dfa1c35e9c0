#include "codegen/code_shape.h"

#include "ir/nest/team.h"

namespace nnc {

namespace {

/// Whether two arguments of a call may share a byte: the same storage, and ranges that meet.
bool may_meet(const NestProgram& program, const Buffer& a, const Buffer& b) {
  bool placed = a.role == BufferRole::variable || a.role == BufferRole::temporary;
  if (a.role != b.role) return false;
  if (!placed) return a.slot == b.slot;
  auto end = [&](const Buffer& buffer) { return buffer.offset + bytes_of_all_workers(program, buffer); };
  return a.offset < end(b) && b.offset < end(a);
}

void check_disjoint(const NestProgram& program, const Call& call, CallFacts& facts) {
  const std::vector<Parameter>& parameters = program.kernels[call.kernel].parameters;
  for (size_t i = 0; i < call.arguments.size() && facts.disjoint; ++i) {
    if (!parameters[i].written) continue;
    for (size_t j = 0; j < call.arguments.size(); ++j) {
      if (i != j &&
          may_meet(program, program.buffers[call.arguments[i].buffer], program.buffers[call.arguments[j].buffer]))
        facts.disjoint = false;
    }
  }
}

void check_disjoint(const NestProgram& program, const std::vector<Stage>& stages, std::vector<CallFacts>& facts) {
  for (const Stage& stage : stages) {
    if (const auto* call = std::get_if<Call>(&stage)) check_disjoint(program, *call, facts[call->kernel]);
    if (const auto* repeat = std::get_if<Repeat>(&stage)) check_disjoint(program, repeat->stages, facts);
  }
}

}  // namespace

std::vector<CallFacts> call_facts(const NestProgram& program) {
  std::vector<CallFacts> facts(program.kernels.size());
  for (CallFacts& each : facts) {
    if (program.exact) each.rows = program.capacity;
  }
  check_disjoint(program, program.stages, facts);
  return facts;
}

Expansion expansion_of(const Loop& loop, const CallFacts& facts) {
  const bool constant = facts.rows || (loop.begin.per_row == 0 && loop.end.per_row == 0);
  const int64_t rows = facts.rows.value_or(0), length = loop.end.at(rows) - loop.begin.at(rows);
  const int64_t turns = length <= 0 ? 0 : (length - 1) / loop.step + 1;
  return {loop.shares > 1 || (loop.kind != LoopKind::unrolled && !(constant && turns <= 1)), turns};
}

// Inlined where it may run often: an optimizer's two powers, which run once a call, would be a tenth of a step's code.
bool stands_apart(size_t length, int lanes, bool in_loop) {
  constexpr size_t kLong = 64;
  return !in_loop && lanes == 1 && length >= kLong;
}

}  // namespace nnc
