// What decides the shape of a kernel's code before it is emitted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "ir/nest/nest_program.h"

namespace nnc {

/// What a kernel may assume of every call of it.
struct CallFacts {
  std::optional<int64_t> rows = {};  ///< where rows is always the same
  bool disjoint = true;              ///< no written parameter shares a byte with another parameter
};

/// Of every kernel of the program, from one walk over the calls.
std::vector<CallFacts> call_facts(const NestProgram& program);

/// How a loop's body stands in the code: so many times, one behind the other, or once in a loop.
struct Expansion {
  bool rolled = false;
  int64_t turns = 0;  ///< of a loop that is not rolled
};
Expansion expansion_of(const Loop& loop, const CallFacts& facts);

/// Whether a function with a polynomial is a function of the module, which kernels call, rather than inlined; `length`
/// in operations, `in_loop`: a rolled one.
bool stands_apart(size_t length, int lanes, bool in_loop);

}  // namespace nnc
