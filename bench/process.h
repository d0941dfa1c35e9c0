// How long a command takes as a whole process.
#pragma once

#include <string>
#include <vector>

namespace nnc::bench {

/// In seconds. On a busy machine the time on the clock is mostly waiting; the processor's time is beside it.
struct ProcessTime {
  double clock = 0;
  double processor = 0;
  bool done = false;  ///< it ended with 0
};

/// Runs a program to its end; the first argument is its path.
ProcessTime time_process(const std::vector<std::string>& arguments);

}  // namespace nnc::bench
