// poll: says where a step looks whether it has been asked to stop: in loops of kernels that take more than a few
// milliseconds and behind calls of as much work, before the first call that writes a variable. Steps of microseconds
// get no poll.
#pragma once

#include "passes/pass.h"

namespace nnc {

/// About the instructions between two polls: from half a millisecond where they compute to some tens where they wait
/// for memory (ir/nest/stopping.h).
constexpr int64_t kInstructionsBetweenPolls = int64_t{1} << 22;

NestProgram place_polls(NestProgram program, int64_t instructions = kInstructionsBetweenPolls);

StageValue run_poll(const StageValue& program, const PassOptions& options);
inline constexpr Pass kPoll{
    "poll", "say where a long step looks whether it has been asked to stop",
    "after vectorize, whose loops and calls it counts; before plan, so that what plan leaves is "
    "what runs",
    run_poll};

}  // namespace nnc
