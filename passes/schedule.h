// schedule: decides how every kernel runs, and gives all that runs a kernel.
//
// Guarantees:
//   - Every kernel is one call, but for scans: a repeat around the calls of their bodies, which copy their states
//   before
//     and between turns. What is copied, packed, saved or moved to memory first is a kernel like the others.
//   - Every kernel has a schedule (ir/graph/schedule.h), chosen from its nodes, the target and the sizes of a step
//   alone
//     (schedule/choose.h). It is legal (check_schedules), so that its values fit the vector registers.
//   - No clause changes a bit of any result.
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
