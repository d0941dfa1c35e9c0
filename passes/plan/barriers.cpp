#include "passes/plan/barriers.h"

#include "ir/nest/team.h"

namespace nnc {

namespace {

std::vector<Stage> with_barriers(std::vector<Stage> stages, Phase& phase) {
  std::vector<Stage> result;
  auto barrier = [&] {
    result.emplace_back(Barrier{});
    phase.clear();
  };
  for (Stage& stage : stages) {
    if (auto* repeat = std::get_if<Repeat>(&stage); repeat != nullptr && repeat->count > 0) {
      repeat->stages.insert(repeat->stages.begin(), Barrier{});
      phase.clear();
      repeat->stages = with_barriers(std::move(repeat->stages), phase);
    } else if (std::holds_alternative<Barrier>(stage)) {
      phase.clear();
    } else if (repeat == nullptr) {  // one of no turns touches nothing
      if (phase.conflict_with(stage)) barrier();
      phase.add(stage);
    }
    result.push_back(std::move(stage));
  }
  return result;
}

}  // namespace

void place_barriers(NestProgram& program) {
  Phase phase(program);
  std::vector<Stage> stages = with_barriers(std::move(program.stages), phase);
  program.stages = std::move(stages);
}

}  // namespace nnc
