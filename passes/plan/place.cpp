#include "passes/plan/place.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace nnc {

namespace {

// Of many tenants, one part in so many above the least possible is good enough; of few every way is tried.
constexpr size_t kMany = 256;
constexpr int64_t kNear = 64;

/// The tenants from the greatest key to the least.
std::vector<size_t> from_greatest(std::span<const Tenant> tenants, const std::function<double(const Tenant&)>& key) {
  std::vector<double> keys;
  for (const Tenant& tenant : tenants) keys.push_back(key(tenant));
  std::vector<size_t> order(tenants.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return keys[a] > keys[b]; });
  return order;
}

double stages(const Tenant& tenant) { return tenant.life.last - tenant.life.first + 1; }

}  // namespace

int64_t largest_live_set(std::span<const Tenant> tenants) {
  int end = 0;
  for (const Tenant& tenant : tenants) end = std::max(end, tenant.life.last + 2);
  std::vector<int64_t> change(static_cast<size_t>(end), 0);
  for (const Tenant& tenant : tenants) {
    change[static_cast<size_t>(tenant.life.first)] += tenant.bytes;
    change[static_cast<size_t>(tenant.life.last) + 1] -= tenant.bytes;
  }
  int64_t live = 0, largest = 0;
  for (int64_t bytes : change) largest = std::max(largest, live += bytes);
  return largest;
}

int64_t untaken_from(int64_t offset, PageStarts taken) {
  if (taken == ~PageStarts{0}) return offset;
  while ((taken & page_start(offset)) != 0) offset += kAlignment;
  return offset;
}

Placement place(std::span<const Tenant> tenants) {
  const int64_t least = largest_live_set(tenants);
  const int64_t enough = tenants.size() > kMany ? least + least / kNear : least;
  auto size = [](const Tenant& tenant) { return static_cast<double>(tenant.bytes); };
  const std::vector<size_t> longest = from_greatest(tenants, stages), largest = from_greatest(tenants, size);
  const std::vector<size_t> area = from_greatest(tenants, [&](const Tenant& t) { return size(t) * stages(t); });
  const std::function<Placement()> ways[] = {
      [&] { return place_swept(tenants, largest, Sweep::forwards); },
      [&] { return place_stacked(tenants, longest); },
      [&] { return place_swept(tenants, largest, Sweep::backwards); },
      [&] { return place_swept(tenants, longest, Sweep::forwards); },
      [&] { return place_swept(tenants, longest, Sweep::backwards); },
      [&] { return place_stacked(tenants, area); },
      [&] { return place_swept(tenants, area, Sweep::forwards); },
      [&] { return place_swept(tenants, area, Sweep::backwards); },
      [&] { return place_by_size(tenants, largest); },
  };
  Placement best;
  int64_t steps = 0;
  for (const auto& way : ways) {
    Placement candidate = way();
    steps += candidate.steps;
    if (best.offsets.empty() || candidate.bytes < best.bytes) best = std::move(candidate);
    if (best.bytes <= enough) break;
  }
  best.steps = steps;
  return best;
}

}  // namespace nnc
