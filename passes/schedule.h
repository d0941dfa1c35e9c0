// schedule: decides how every kernel runs, and gives all that runs a kernel.
//
// Guarantees:
//   - Every kernel is one call; only a scan stands for a repeat around the calls of its body, which copies its states
//     before and between turns, and a kernel whose results have no element for none. What is copied, packed, saved or
//     moved to memory first is a kernel like the others.
//   - Every kernel has a schedule (ir/graph/schedule.h), chosen from its nodes, the target and the step's sizes alone
//     (schedule/choose.h). It is legal (check_schedules), so that its values fit the vector registers.
//   - No choice changes a bit of any result. A partition that has schedules keeps them.
//
// To add a clause: its value and text in ir/graph/schedule, its word in ir/parse/parse_schedule.cpp, who chooses it in
// schedule/choose*.cpp, what it costs in schedule/registers.cpp, what it must be in schedule/check.cpp, the loops that
// obey it in vectorize/, a row of the table in docs/commands.md.
#pragma once

#include "passes/pass.h"

namespace nnc {

Partition schedule(const Partition& fused, const PassOptions& options);

/// Throws a Failure (exit 1) that names the kernel and the clause where a schedule is missing, or is none that its
/// kernel can run by: loops that the kernel has not, an order of summation that is not the graph's, more vector
/// registers than the target has, a parallel loop whose turns share a sum.
void check_schedules(const Partition& partition, const PassOptions& options);

StageValue run_schedule(const StageValue& program, const PassOptions& options);
inline constexpr Pass kSchedule{
    "schedule", "choose how each kernel runs: loops in lanes, register tiles, chunks, copies and packs",
    "after fuse, which says what a kernel is; before vectorize, which only writes down what is chosen here",
    run_schedule};

}  // namespace nnc
