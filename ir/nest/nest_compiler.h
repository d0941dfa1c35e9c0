// Turns a kernel into the interpreter's compact form.
#pragma once

#include <memory>

#include "ir/nest/nest_code.h"

namespace nnc {

/// The kernel must be verified. `fma`: the target's, which decides how math functions are expanded.
std::unique_ptr<CompiledKernel> compile_for_interpreter(const Kernel& kernel, bool fma);

}  // namespace nnc
