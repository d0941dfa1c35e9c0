#include <algorithm>
#include <optional>
#include <set>

#include "passes/plan/place.h"
#include "passes/plan/skyline.h"

namespace nnc {

namespace {

constexpr size_t kMostBeside = 256;  ///< tenants that one is placed among at most; with more it lies above

/// The tenants that are placed, by when they live.
class Residents {
 public:
  explicit Residents(std::span<const Tenant> tenants) : tenants_(tenants) {
    int stages = 1;
    for (const Tenant& tenant : tenants) stages = std::max(stages, tenant.life.last + 1);
    while (leaves_ < static_cast<size_t>(stages)) leaves_ *= 2;
    living_.resize(2 * leaves_);
  }

  void add(size_t number) {
    const Lifetime& life = tenants_[number].life;
    by_first_.emplace(life.first, number);
    // The fewest nodes of the tree over the stages that together are this life.
    auto low = static_cast<size_t>(life.first) + leaves_, high = static_cast<size_t>(life.last) + leaves_ + 1;
    for (; low < high; low /= 2, high /= 2) {
      if (low % 2 == 1) living_[low++].push_back(number);
      if (high % 2 == 1) living_[--high].push_back(number);
    }
  }

  /// All that meet this life; nothing if they are more than `most`.
  std::optional<std::vector<size_t>> meeting(const Lifetime& life, size_t most) {
    std::vector<size_t> found;
    auto take = [&](size_t number) {
      ++steps_;
      found.push_back(number);
      return found.size() <= most;
    };
    for (auto next = by_first_.lower_bound({life.first + 1, 0}); next != by_first_.end(); ++next) {
      if (next->first > life.last) break;
      if (!take(next->second)) return std::nullopt;
    }
    for (auto node = static_cast<size_t>(life.first) + leaves_; node > 0; node /= 2) {  // alive at its first stage
      ++steps_;
      for (size_t number : living_[node]) {
        if (!take(number)) return std::nullopt;
      }
    }
    return found;
  }

  int64_t steps() const { return steps_; }

 private:
  std::span<const Tenant> tenants_;
  std::set<std::pair<int, size_t>> by_first_;
  size_t leaves_ = 1;                        ///< of the tree
  std::vector<std::vector<size_t>> living_;  ///< by node of the tree: alive at all of its stages
  int64_t steps_ = 0;
};

}  // namespace

Placement place_by_size(std::span<const Tenant> tenants, const std::vector<size_t>& order) {
  Skyline skyline(tenants);
  Residents residents(tenants);
  Placement result;
  result.offsets.resize(tenants.size());
  for (size_t number : order) {
    const Tenant& tenant = tenants[number];
    Skyline::Top top = skyline.over(tenant.life);
    PageStarts taken = tenant.is_large() ? top.starts : 0;
    int64_t offset = untaken_from(top.end, taken);
    if (std::optional<std::vector<size_t>> beside = residents.meeting(tenant.life, kMostBeside)) {
      std::sort(beside->begin(), beside->end(),
                [&](size_t a, size_t b) { return result.offsets[a] < result.offsets[b]; });
      offset = untaken_from(0, taken);
      for (size_t other : *beside) {
        if (result.offsets[other] >= offset + tenant.bytes) break;
        int64_t end = result.offsets[other] + tenants[other].bytes;
        if (end > offset) offset = untaken_from(end, taken);
      }
    }
    result.offsets[number] = offset;
    result.bytes = std::max(result.bytes, offset + tenant.bytes);
    skyline.add(tenant, offset);
    residents.add(number);
  }
  result.steps = skyline.steps() + residents.steps();
  return result;
}

}  // namespace nnc
