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
  enum class Code : uint8_t { now, later, never } code = Code::now;
};

/// In their order, as is what `options.on_built` is told. Each is what Executable::build makes of it alone, and what
/// fails first in that order is thrown. Where they are built at once, each is told as its share of the time gone. One
/// whose code is made later (late_code.h) has been through the passes, and is told of by whoever makes it.
std::vector<Executable> build_all(const std::vector<Build>& builds, const BuildOptions& options);

}  // namespace nnc
