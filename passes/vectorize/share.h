// One function for kernels that differ only in their names and in the buffers that they are called with.
#pragma once

#include "ir/nest/nest_program.h"

namespace nnc {

void share_kernels(NestProgram& program);

}  // namespace nnc
