// A program's code in parts, each an LLVM module of its own, so that several threads can make it at once. What a
// function's code is does not hang on the part that it is in.
#pragma once

#include <cstddef>
#include <vector>

#include "codegen/code_shape.h"
#include "ir/nest/nest_program.h"

namespace nnc {

struct Part {
  std::vector<size_t> kernels;  ///< of the program, ascending
  bool driver = false;
};

/// At most `most` parts that cost about the same, and fewer of a program that is not worth them. Kernels that call the
/// same function of the module are in one.
std::vector<Part> divide(const NestProgram& program, const std::vector<CallFacts>& facts, int most);

}  // namespace nnc
