// Several executables of a program, built at once where there are cores for it.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/step/executable.h"

namespace nnc {

struct Build {
  const Graph& graph;
  int64_t capacity = 0;
  bool exact = false;
};

/// In their order, as is what `options.on_built` is told. Each is what Executable::build makes of it alone, and what
/// fails first in that order is thrown. Where they are built at once, each is told as its share of the time gone.
std::vector<Executable> build_all(const std::vector<Build>& builds, const BuildOptions& options);

}  // namespace nnc
