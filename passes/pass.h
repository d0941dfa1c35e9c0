// A pass is a value in one list (pipeline.h): a pure function from one stage's representation to the next.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "ir/graph/graph.h"
#include "ir/graph/partition.h"
#include "ir/graph/target.h"
#include "ir/nest/nest_program.h"

namespace nnc {

struct PassOptions {
  Target target;
  int64_t capacity = 1;     ///< rows a step
  bool exact = true;        ///< the kernel set for exactly `capacity` rows, or for any number up to it
  int64_t fuse_limit = -1;  ///< stop after this many fusions (bisects a miscompile); −1: no limit
  int64_t workers = 1;      ///< threads that run a step together
  /// About the vector instructions from which on a kernel is shared by them: 5 µs on one.
  int64_t least_shared_work = 10'000;
};

inline CompiledFor compiled_for(const PassOptions& options) {
  return {options.target, options.capacity, options.exact, options.workers};
}

/// What a pass takes and gives: the program at some stage.
using StageValue = std::variant<Graph, Partition, NestProgram>;

struct Pass {
  std::string_view name;
  std::string_view summary;
  std::string_view reason;  ///< why it stands where it stands in the list
  StageValue (*run)(const StageValue& program, const PassOptions& options);
};

}  // namespace nnc
