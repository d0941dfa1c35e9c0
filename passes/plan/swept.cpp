// As an allocator would, but it knows when each tenant comes and goes.
#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <set>

#include "passes/plan/place.h"

namespace nnc {

namespace {

/// The gaps of a block, by place and by size. Behind its end everything is free.
class Gaps {
 public:
  /// Takes `bytes` from the smallest gap where a start is left that is not taken, of those that are large enough; from
  /// the end where the first few have none.
  int64_t take(int64_t bytes, PageStarts taken) {
    constexpr int kMostTried = 8;
    auto gap = by_size_.lower_bound({bytes, 0});
    for (int tried = 0; gap != by_size_.end() && tried < kMostTried; ++tried, ++gap) {
      ++steps_;
      auto [size, begin] = *gap;
      int64_t offset = untaken_from(begin, taken);
      if (offset + bytes > begin + size) continue;
      remove(begin);
      add(begin, offset - begin);
      add(offset + bytes, begin + size - offset - bytes);
      return offset;
    }
    int64_t offset = untaken_from(end_, taken);
    add(end_, offset - end_);
    end_ = offset + bytes;
    return offset;
  }

  void give_back(int64_t begin, int64_t bytes) {
    auto after = by_place_.lower_bound(begin);
    if (after != by_place_.end() && after->first == begin + bytes) {
      bytes += after->second;
      remove(after->first);
    }
    auto before = by_place_.lower_bound(begin);
    const bool first = before == by_place_.begin();
    if (!first) --before;
    if (!first && before->first + before->second == begin) {
      begin = before->first;
      bytes += before->second;
      remove(begin);
    }
    if (begin + bytes == end_) {
      end_ = begin;
    } else {
      add(begin, bytes);
    }
  }

  /// An operation on a tree of n gaps counts as log n.
  int64_t steps() const { return steps_; }

 private:
  void count() { steps_ += std::bit_width(by_place_.size()) + 1; }
  void add(int64_t begin, int64_t bytes) {
    if (bytes == 0) return;
    count();
    by_place_[begin] = bytes;
    by_size_.insert({bytes, begin});
  }
  void remove(int64_t begin) {
    count();
    auto gap = by_place_.find(begin);
    by_size_.erase({gap->second, begin});
    by_place_.erase(gap);
  }

  std::map<int64_t, int64_t> by_place_;
  std::set<std::pair<int64_t, int64_t>> by_size_;
  int64_t end_ = 0, steps_ = 0;
};

/// The page starts of the large tenants alive.
class TakenStarts {
 public:
  void come(int64_t offset) {
    if (counts_[number(offset)]++ == 0) taken_ |= page_start(offset);
  }
  void go(int64_t offset) {
    if (--counts_[number(offset)] == 0) taken_ &= ~page_start(offset);
  }
  PageStarts taken() const { return taken_; }

 private:
  static size_t number(int64_t offset) { return static_cast<size_t>(offset % kPage / kAlignment); }
  std::array<int, kPage / kAlignment> counts_{};
  PageStarts taken_ = 0;
};

}  // namespace

Placement place_swept(std::span<const Tenant> tenants, const std::vector<size_t>& order, Sweep sweep) {
  int last = 0;
  for (const Tenant& tenant : tenants) last = std::max(last, tenant.life.last);
  auto stage = [&](int number) { return static_cast<size_t>(sweep == Sweep::forwards ? number : last - number); };
  std::vector<std::vector<size_t>> coming(static_cast<size_t>(last) + 1), going(coming.size());
  for (size_t number : order) {
    size_t first = stage(tenants[number].life.first), end = stage(tenants[number].life.last);
    coming[std::min(first, end)].push_back(number);
    going[std::max(first, end)].push_back(number);
  }
  Placement result;
  result.offsets.resize(tenants.size());
  Gaps gaps;
  TakenStarts starts;
  for (size_t now = 0; now < coming.size(); ++now) {
    for (size_t number : coming[now]) {
      const Tenant& tenant = tenants[number];
      int64_t offset = gaps.take(tenant.bytes, tenant.is_large() ? starts.taken() : 0);
      if (tenant.is_large()) starts.come(offset);
      result.offsets[number] = offset;
      result.bytes = std::max(result.bytes, offset + tenant.bytes);
    }
    for (size_t number : going[now]) {
      if (tenants[number].is_large()) starts.go(result.offsets[number]);
      gaps.give_back(result.offsets[number], tenants[number].bytes);
    }
  }
  result.steps = gaps.steps() + static_cast<int64_t>(tenants.size() + coming.size());
  return result;
}

}  // namespace nnc
