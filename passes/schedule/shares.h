// Which loop of a kernel the workers of a team share, and into how many parts its turns are cut.
#pragma once

#include <string_view>

#include "passes/schedule/kernel_nodes.h"

namespace nnc {

/// Turns that workers can share out of a loop as the schedule names it: each writes places of its own, and reads none
/// that another writes. 0 where the kernel has no such loop.
int64_t shared_turns(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule, std::string_view loop);

/// Sets `parallel` and `shares` of a kernel that is worth a team: each part is work enough beside the barrier behind
/// it.
void choose_shares(const KernelNodes& nodes, const StepSizes& sizes, Schedule& schedule);

/// The loop of the nest that a schedule's shared loop is.
std::string shared_loop_name(const Schedule& schedule);

}  // namespace nnc
