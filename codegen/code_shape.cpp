#include "codegen/code_shape.h"

#include "ir/nest/team.h"

namespace nnc {

namespace {

void check_disjoint(const NestProgram& program, const Call& call, CallFacts& facts) {
  const std::vector<Parameter>& parameters = program.kernels[call.kernel].parameters;
  for (size_t i = 0; i < call.arguments.size() && facts.disjoint; ++i) {
    if (!parameters[i].written) continue;
    for (size_t j = 0; j < call.arguments.size(); ++j) {
      if (i != j && share_bytes(program, call.arguments[i].buffer, call.arguments[j].buffer)) facts.disjoint = false;
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
  const int64_t turns = loop.turns(facts.rows.value_or(0));
  return {loop.shares > 1 || (loop.kind != LoopKind::unrolled && !(constant && turns <= 1)), turns};
}

// Inlined where it may run often: an optimizer's two powers, which run once a call, would be a tenth of a step's code.
bool stands_apart(size_t length, int lanes, bool in_loop) {
  constexpr size_t kLong = 64;
  return !in_loop && lanes == 1 && length >= kLong;
}

}  // namespace nnc
