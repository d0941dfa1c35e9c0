#include "support/core_sets.h"

#include <sched.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string>

#include "support/cores.h"

namespace nnc {

struct OnCores::Mask {
  static constexpr size_t kSets = 16;  ///< room for 16 384 cores
  std::array<cpu_set_t, kSets> bits{};

  size_t bytes() const { return sizeof bits; }
  bool read() { return ::sched_getaffinity(0, bytes(), bits.data()) == 0; }
  bool set() const { return ::sched_setaffinity(0, bytes(), bits.data()) == 0; }
  void add(int core) { CPU_SET_S(static_cast<size_t>(core), bytes(), bits.data()); }
};

namespace {

/// A number that only the logical cores of one physical core share; of a core of which the system says nothing, its
/// own.
int physical_core(int core) {
  const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(core) + "/topology/";
  int number = -1, package = -1;
  std::ifstream(folder + "core_id") >> number;
  std::ifstream(folder + "physical_package_id") >> package;
  constexpr int kMost = 1 << 15;
  if (number < 0 || number >= kMost || package < 0 || package >= kMost) return -1 - core;
  return package * kMost + number;
}

}  // namespace

std::vector<std::vector<int>> divided(std::vector<LogicalCore> cores, size_t sets) {
  if (sets == 0 || cores.size() < sets) return {};
  std::sort(cores.begin(), cores.end(), [](const LogicalCore& a, const LogicalCore& b) { return a.number < b.number; });
  std::map<int, size_t> place;  // of a physical core, in the order of their first numbers
  for (const LogicalCore& core : cores) place.try_emplace(core.physical, place.size());
  std::vector<std::vector<int>> result(sets);
  for (size_t i = 0; i < cores.size(); ++i) {
    const size_t number = place.size() >= sets ? place.at(cores[i].physical) : i;
    result[number % sets].push_back(cores[i].number);
  }
  return result;
}

std::vector<LogicalCore> cores_of_process() {
  std::vector<LogicalCore> cores;
  for (int core : cores_of_affinity()) cores.push_back({core, physical_core(core)});
  return cores;
}

OnCores::OnCores(const std::vector<int>& cores) {
  if (cores.empty()) return;
  auto before = std::make_unique<Mask>();
  Mask wanted;
  for (int core : cores) wanted.add(core);
  if (before->read() && wanted.set()) before_ = std::move(before);
}

OnCores::~OnCores() {
  if (before_ != nullptr) before_->set();
}

}  // namespace nnc
