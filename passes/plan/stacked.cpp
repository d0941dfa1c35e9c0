#include <algorithm>

#include "passes/plan/place.h"
#include "passes/plan/skyline.h"

namespace nnc {

Placement place_stacked(std::span<const Tenant> tenants, const std::vector<size_t>& order) {
  Skyline skyline(tenants);
  Placement result;
  result.offsets.resize(tenants.size());
  for (size_t number : order) {
    const Tenant& tenant = tenants[number];
    Skyline::Top top = skyline.over(tenant.life);
    int64_t offset = untaken_from(top.end, tenant.is_large() ? top.starts : 0);
    result.offsets[number] = offset;
    result.bytes = std::max(result.bytes, offset + tenant.bytes);
    skyline.add(tenant, offset);
  }
  result.steps = skyline.steps();
  return result;
}

}  // namespace nnc
