// Which cores the threads of a team run on. Left alone, a system may wake a thread on the core of whoever wakes it, and
// two threads that wait for each other then take turns on one core.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace nnc {

struct LogicalCore {
  int number = 0;
  int physical = 0;  ///< the same of those that share one
};

/// The cores in so many sets, no core in two: a physical core belongs to one set, unless there are fewer of them than
/// sets. Empty where there are fewer cores than sets.
std::vector<std::vector<int>> divided(std::vector<LogicalCore> cores, size_t sets);

/// Those of this process's affinity mask.
std::vector<LogicalCore> cores_of_process();

/// While it lives, the calling thread runs on these cores alone; where they are none or the system refuses, wherever it
/// ran before.
class OnCores {
 public:
  explicit OnCores(const std::vector<int>& cores);
  ~OnCores();
  OnCores(const OnCores&) = delete;
  OnCores& operator=(const OnCores&) = delete;

  struct Mask;

 private:
  std::unique_ptr<Mask> before_;  ///< null: nothing to restore
};

}  // namespace nnc
