// The state that a training begins with.
#pragma once

#include <cstdint>

#include "frontend/program/program.h"
#include "runtime/step/executable.h"

namespace nnc {

/// Runs the program's initialisers with this seed; the block is laid out as `executable` has it.
StateBlock start_state(const BoundProgram& program, const BuildOptions& options, const Executable& executable,
                       uint64_t seed);

}  // namespace nnc
