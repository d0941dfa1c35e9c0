#include "passes/fuse/run_order.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace nnc {

void RunOrder::append() {
  place_.push_back(static_cast<uint32_t>(place_.size()));
  before_.emplace_back();
  after_.emplace_back();
}

void RunOrder::put_before(GroupId first, GroupId second) {
  if (!before_[second].insert(first).second) return;
  after_[first].insert(second);
  if (place_[first] > place_[second]) move_behind(first, second);
}

void RunOrder::merge(GroupId from, GroupId to) {
  std::set<GroupId> before = std::exchange(before_[from], {}), after = std::exchange(after_[from], {});
  for (GroupId group : before) after_[group].erase(from);
  for (GroupId group : after) before_[group].erase(from);
  for (GroupId group : before) {
    if (group != to) put_before(group, to);
  }
  for (GroupId group : after) {
    if (group != to) put_before(to, group);
  }
}

std::vector<GroupId> RunOrder::search(GroupId from, const std::vector<std::set<GroupId>>& edges, uint32_t low,
                                      uint32_t high) const {
  std::vector<GroupId> found{from};
  std::unordered_set<GroupId> seen{from};
  for (size_t i = 0; i < found.size(); ++i) {
    for (GroupId next : edges[found[i]]) {
      ++visits_;
      const bool within = place_[next] >= low && place_[next] <= high;
      if (within && seen.insert(next).second) found.push_back(next);
    }
  }
  return found;
}

/// `second` and what follows it move behind `first` and what goes before it; together they keep their places.
void RunOrder::move_behind(GroupId first, GroupId second) {
  const uint32_t low = place_[second], high = place_[first];
  std::vector<GroupId> later = search(second, after_, low, high), earlier = search(first, before_, low, high);
  auto by_place = [&](GroupId a, GroupId b) { return place_[a] < place_[b]; };
  std::sort(later.begin(), later.end(), by_place);
  std::sort(earlier.begin(), earlier.end(), by_place);
  std::vector<GroupId> moved = std::move(earlier);
  moved.insert(moved.end(), later.begin(), later.end());
  std::vector<uint32_t> places;
  for (GroupId group : moved) places.push_back(place_[group]);
  std::sort(places.begin(), places.end());
  for (size_t i = 0; i < moved.size(); ++i) place_[moved[i]] = places[i];
}

namespace {

/// Groups met on the way in one direction.
struct Frontier {
  Frontier(const std::vector<std::set<GroupId>>& edges_of_groups, GroupId start)
      : edges(edges_of_groups), found{start}, seen{start} {}

  const std::vector<std::set<GroupId>>& edges;
  std::vector<GroupId> found;
  std::unordered_set<GroupId> seen;
  size_t next = 0, work = 0;

  bool done() const { return next == found.size(); }
  size_t cost() const { return work + edges[found[next]].size(); }
  const std::set<GroupId>& take() {
    const std::set<GroupId>& taken = edges[found[next++]];
    work += taken.size();
    return taken;
  }
  void add(GroupId group) {
    if (seen.insert(group).second) found.push_back(group);
  }
};

}  // namespace

// From both ends, always where it costs less: one of the two may have all groups beside it.
bool RunOrder::precedes(GroupId first, GroupId second) const {
  if (first == second || place_[first] > place_[second]) return false;
  Frontier later(after_, first), earlier(before_, second);
  while (!later.done() && !earlier.done()) {
    bool forward = later.cost() <= earlier.cost();
    Frontier &here = forward ? later : earlier, &there = forward ? earlier : later;
    for (GroupId group : here.take()) {
      ++visits_;
      if (there.seen.contains(group)) return true;
      if (place_[group] > place_[first] && place_[group] < place_[second]) here.add(group);
    }
  }
  return false;
}

}  // namespace nnc
