// Places in one block of memory for what lives between two stages each, in n log n steps. No way to do it is best for
// all programs, so they are tried in turn until one is near the least possible, else the smallest block wins:
//   swept     stage by stage, forwards or backwards, each in the smallest gap that is large enough;
//   stacked   each on top of what lies already there at any of its stages: what lives long, or is large and lives long,
//             lies at the bottom. What a step keeps until its backward half comes nests like this;
//   by size   from the largest to the smallest, each at the lowest place that nothing alive with it occupies, as long
//   as
//             a bounded number is, else above them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nnc {

/// Where buffers begin, and the distance of two large ones that the caches' sets tell apart least.
inline constexpr int64_t kAlignment = 64, kPage = 4096;

/// The stages (numbers of top-level stages; a repeat is one) from a buffer's first use to its last.
struct Lifetime {
  int first = -1, last = -1;
  bool used() const { return first >= 0; }
  bool meets(const Lifetime& other) const { return first <= other.last && other.first <= last; }
};

/// What needs a place: some bytes, a multiple of the alignment, while it lives. One of a page or more shall not begin
/// at the distance from a page's start that another one alive with it has, as long as there are others.
struct Tenant {
  Lifetime life;
  int64_t bytes = 0;
  bool is_large() const { return bytes >= kPage; }
};

struct Placement {
  std::vector<int64_t> offsets;  ///< of each tenant
  int64_t bytes = 0;             ///< of the block
  int64_t steps = 0;             ///< what finding it took: looks at tenants, at gaps and at nodes of a tree
};

/// The largest sum of bytes that live at once: no block can be smaller.
int64_t largest_live_set(std::span<const Tenant> tenants);

/// Offsets such that no two that meet share a byte; all tenants are used.
Placement place(std::span<const Tenant> tenants);

/// The ways, each in the order given; sweeps follow the stages, and it where tenants begin together.
Placement place_by_size(std::span<const Tenant> tenants, const std::vector<size_t>& order);
Placement place_stacked(std::span<const Tenant> tenants, const std::vector<size_t>& order);
enum class Sweep : uint8_t { forwards, backwards };
Placement place_swept(std::span<const Tenant> tenants, const std::vector<size_t>& order, Sweep sweep);

/// Which of a page's starts are taken, a bit each.
using PageStarts = uint64_t;
inline PageStarts page_start(int64_t offset) { return PageStarts{1} << (offset % kPage / kAlignment); }
/// The lowest place from `offset` on whose start is not taken; `offset` where all are.
int64_t untaken_from(int64_t offset, PageStarts taken);

}  // namespace nnc
