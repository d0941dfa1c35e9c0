// Where the workers of a team wait for each other.
#pragma once

#include "ir/nest/nest_program.h"

namespace nnc {

/// Puts a barrier before each stage that touches what another worker may be at, and as the first stage of each repeat.
/// The program is planned: buffers that share memory must not be used at once either.
void place_barriers(NestProgram& program);

}  // namespace nnc
