#include "support/free_memory.h"

#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>

namespace nnc {

namespace {

constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

/// The number behind a word at the start of a line ("MemAvailable: 12 kB", "inactive_file 4096"); 0 where there is
/// none.
int64_t value_of(const std::string& file, const std::string& word) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    std::istringstream words(line);
    std::string first;
    int64_t value = 0;
    if (words >> first >> value && first == word) return value;
  }
  return 0;
}

/// What a limit on the process leaves of what the system calls `word` in /proc/self/status.
int64_t left_of(decltype(RLIMIT_AS) resource, const std::string& word) {
  struct rlimit limit = {};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur > static_cast<rlim_t>(kUnlimited)) return kUnlimited;
  return static_cast<int64_t>(limit.rlim_cur) - 1024 * value_of("/proc/self/status", word);
}

/// What the control group and those above it leave, where there are any (version 2). Files that the system keeps in
/// memory give way.
int64_t left_in_groups() {
  std::ifstream stream("/proc/self/cgroup");
  int64_t least = kUnlimited;
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with("0::/")) continue;
    for (std::string group = line.substr(3); !group.empty(); group.resize(group.rfind('/'))) {
      const std::string folder = "/sys/fs/cgroup" + (group == "/" ? "" : group);
      std::ifstream maximum(folder + "/memory.max"), current(folder + "/memory.current");
      int64_t most = 0, taken = 0;
      if (!(maximum >> most) || !(current >> taken)) continue;  // "max" is no number
      int64_t files =
          value_of(folder + "/memory.stat", "inactive_file") + value_of(folder + "/memory.stat", "active_file");
      least = std::min(least, most - taken + files);
    }
  }
  return least;
}

/// What the machine has: with strict accounting what may be promised still, else what is free or can be made so.
int64_t left_of_machine() {
  const std::string memory = "/proc/meminfo";
  std::ifstream strict("/proc/sys/vm/overcommit_memory");
  int mode = 0;
  if (strict >> mode && mode == 2) return 1024 * (value_of(memory, "CommitLimit:") - value_of(memory, "Committed_AS:"));
  int64_t available = value_of(memory, "MemAvailable:");
  return available == 0 ? kUnlimited : 1024 * (available + value_of(memory, "SwapFree:"));
}

}  // namespace

int64_t free_memory() {
  return std::max<int64_t>(0, std::min({left_of(RLIMIT_AS, "VmSize:"), left_of(RLIMIT_DATA, "VmData:"),
                                        left_in_groups(), left_of_machine()}));
}

}  // namespace nnc
