// The vector registers that a kernel holds at once by its schedule, at most: counted from its nodes, before any of it
// is written. What the verifier of loop nests counts in the kernel itself is never more.
#pragma once

#include "passes/schedule/choose.h"

namespace nnc {

int64_t registers_of(const KernelNodes& nodes, const StepSizes& sizes, const Schedule& schedule);

/// Registers that the step of a contraction's sum takes beside its operands' values, and that its epilogue takes.
int64_t beside_operands(const KernelNodes& nodes, const ContractionLoops& loops, int lanes);
int64_t epilogue_registers(const KernelNodes& nodes, const ContractionLoops& loops, const Schedule& schedule,
                           const StepSizes& sizes);

}  // namespace nnc
