// 1. Calls before the first that writes a variable are walked in their order, and the work since the last poll is added
//    up. A call polls where the sum with it is large; where a Repeat does as much in all, so does the last call of its
//    body.
// 2. Kernels of calls that poll get polls in their loops: each serial loop of much work, as often as its turns ask for.
#include "passes/poll.h"

#include <algorithm>
#include <set>
#include <span>

#include "ir/nest/stopping.h"

namespace nnc {

namespace {

class Polls {
 public:
  Polls(NestProgram& program, int64_t most) : program_(program), most_(most), costs_(costs_of_kernels(program)) {}

  void place() {
    mark_calls(std::span(program_.stages).first(stages_before_first_write(program_)));
    for (uint32_t kernel : polling_) mark_loops(program_.kernels[kernel].body, costs_[kernel]);
  }

 private:
  void mark_calls(std::span<Stage> stages) {
    for (Stage& stage : stages) {
      auto* repeat = std::get_if<Repeat>(&stage);
      if (repeat != nullptr) {
        mark_turns(*repeat, cost_of(stage, costs_));
      } else if (auto* call = std::get_if<Call>(&stage)) {
        since_ = std::min(since_, most_) + cost_of(stage, costs_);
        if (since_ > most_) mark(*call);
      }
    }
  }

  /// Each turn of a long repeat ends with a poll, or has one behind its last call.
  void mark_turns(Repeat& repeat, int64_t all) {
    const int64_t before = std::min(since_, most_);
    const bool longer = before + all > most_;
    since_ = 0;
    mark_calls(repeat.stages);
    since_ = longer ? 0 : before + all;
    auto last = std::find_if(repeat.stages.rbegin(), repeat.stages.rend(),
                             [](const Stage& stage) { return std::holds_alternative<Call>(stage); });
    if (longer && last != repeat.stages.rend()) mark(std::get<Call>(*last));
  }

  void mark(Call& call) {
    call.polls = true;
    since_ = 0;
    polling_.insert(call.kernel);
  }

  void mark_loops(Block& block, const KernelCost& cost) {
    for (Statement& statement : block) {
      auto* loop = std::get_if<Loop>(&statement);
      if (loop == nullptr) continue;
      mark_loops(loop->body, cost);
      const int64_t turn = std::max<int64_t>(cost.turn[loop->id], 1), turns = loop->turns(program_.capacity);
      const int64_t polls = std::max<int64_t>(most_ / turn, 1);
      if (loop->kind == LoopKind::serial && polls < turns) loop->polls = polls;
    }
  }

  NestProgram& program_;
  int64_t most_;
  std::vector<KernelCost> costs_;  ///< by kernel
  std::set<uint32_t> polling_;     ///< kernels
  int64_t since_ = 0;              ///< instructions since the last poll
};

}  // namespace

NestProgram place_polls(NestProgram program, int64_t instructions) {
  Polls(program, instructions).place();
  return program;
}

StageValue run_poll(const StageValue& program, const PassOptions&) {
  return place_polls(std::get<NestProgram>(program));
}

}  // namespace nnc
