#include "support/cores.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

namespace nnc {

namespace {

/// A whole number at the start of the text, which loses it and the blanks before it.
std::optional<int64_t> take_number(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

/// A file's first line; empty where there is none.
std::string first_line(const std::string& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// What a group and those above it give. A process in a container sees its own group where others have the highest.
std::optional<int> cores_from(const std::string& mount, std::string group, bool first_version) {
  std::optional<int> least;
  while (true) {
    const std::string folder = mount + group;
    std::optional<int> given = cores_of_quota(first_version ? first_line(folder + "/cpu.cfs_quota_us") + " " +
                                                                  first_line(folder + "/cpu.cfs_period_us")
                                                            : first_line(folder + "/cpu.max"));
    if (given) least = std::min(*given, least.value_or(*given));
    if (group.empty()) return least;
    const size_t above = group.rfind('/');
    group.resize(above == std::string::npos ? 0 : above);
  }
}

/// Whether `word` is in a list with commas between.
bool lists(const std::string& list, std::string_view word) {
  std::istringstream stream(list);
  for (std::string each; std::getline(stream, each, ',');) {
    if (each == word) return true;
  }
  return false;
}

}  // namespace

std::vector<int> cores_of_affinity() {
  std::vector<int> cores;
  // The system wants room for as many cores as it could have, and says no where it has not.
  for (size_t sets = 1; sets <= 64 && cores.empty(); sets *= 2) {
    std::vector<cpu_set_t> mask(sets);
    const size_t bytes = sets * sizeof(cpu_set_t);
    if (::sched_getaffinity(0, bytes, mask.data()) != 0) continue;
    for (size_t core = 0; core < bytes * 8; ++core) {
      if (CPU_ISSET_S(core, bytes, mask.data())) cores.push_back(static_cast<int>(core));
    }
  }
  return cores;
}

std::optional<int> cores_of_quota(std::string_view cpu_max) {
  std::optional<int64_t> quota = take_number(cpu_max), period = take_number(cpu_max);
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;  // a quota of -1 is none
  int64_t cores = *quota / *period + (*quota % *period == 0 ? 0 : 1);
  return static_cast<int>(std::min<int64_t>(cores, std::numeric_limits<int>::max()));
}

std::optional<int> cores_of_groups(const std::string& groups, const std::string& root) {
  std::optional<int> least;
  std::istringstream stream(groups);
  for (std::string line; std::getline(stream, line);) {  // "0::/group" or "5:cpu,cpuacct:/group"
    const size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool first_version = lists(controllers, "cpu");
    if (!first_version && !controllers.empty()) continue;
    const std::string group = line.substr(second + 1);
    std::optional<int> given =
        cores_from(root + (first_version ? "/cpu" : ""), group == "/" ? "" : group, first_version);
    if (given) least = std::min(*given, least.value_or(*given));
  }
  return least;
}

int usable_cores() {
  std::ifstream stream("/proc/self/cgroup");
  std::ostringstream groups;
  groups << stream.rdbuf();
  const int mask = std::max(1, static_cast<int>(cores_of_affinity().size()));
  return std::min(mask, cores_of_groups(groups.str(), "/sys/fs/cgroup").value_or(mask));
}

}  // namespace nnc
