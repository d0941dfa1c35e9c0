// How much work something is, and the line that says so before it begins, where it takes long.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ir/graph/graph.h"
#include "ir/nest/nest_program.h"

namespace nnc {

/// Floating-point operations of one evaluation of everything the graph's results reach, with B = `rows`: a contraction
/// is 2 for each product that it adds up, an elementwise op 1 an element of its result, a reduction 1 an element of its
/// operand; moving data is free.
double count_operations(const Graph& graph, int64_t rows);

/// Elements of all values that the graph's results reach.
double count_elements(const Graph& graph, int64_t rows);

struct Work {
  double operations = 0;
  int64_t bytes = 0;  ///< of memory, while it runs
  bool interpreted = false;
};

/// "note: a training step has about 6.6e+12 operations and needs 17 MB: about 27 min 29 s at 4e+09 a second"; "" for
/// work of less than half a minute. The time is that of a core which does a fixed number of operations a second.
std::string announced(std::string_view what, const Work& work);

/// The line that says about how long Ctrl-C waits where a step runs to its end; "" for a second or less. It is counted
/// from the loop nests, with few instructions a second: a line too many is better than a wait that nothing announced.
std::string announced_wait(const NestProgram& step, bool interpreted);

}  // namespace nnc
