// How many cores this process may keep busy: what work is divided by that runs on several threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc {

constexpr int64_t kMostThreads = 1024;  ///< that a step may be asked to run on

/// The numbers of the cores in this process's affinity mask, rising; empty where the system does not say.
std::vector<int> cores_of_affinity();

/// At least 1: the cores in the process's affinity mask, or fewer where a control group gives it less time than those.
int usable_cores();

/// The cores that a quota on time gives, rounded up, from the text of cpu.max ("150000 100000": so much in each
/// period); none where there is no limit or the text says none ("max 100000").
std::optional<int> cores_of_quota(std::string_view cpu_max);

/// The least that the control groups in `groups` (the text of /proc/self/cgroup) and those above them give, of either
/// version, where `root` is what the system shows at /sys/fs/cgroup.
std::optional<int> cores_of_groups(const std::string& groups, const std::string& root);

}  // namespace nnc
