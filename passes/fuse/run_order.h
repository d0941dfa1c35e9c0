// Which groups must run before which, as that becomes known, and all groups in one order that obeys it. The order
// answers most questions at once, and bounds the search for the others to what stands between the two groups (after
// Pearce and Kelly, "A dynamic topological sort algorithm for directed acyclic graphs", 2007).
#pragma once

#include <cstdint>
#include <set>
#include <vector>

namespace nnc {

using GroupId = uint32_t;
inline constexpr GroupId kNoGroup = UINT32_MAX;

class RunOrder {
 public:
  /// A group with the next number, which stands last.
  void append();
  /// What would make a circle is accepted; whoever asks for a schedule finds it.
  void put_before(GroupId first, GroupId second);
  /// Whoever has to run before or after `from` has to before or after `to`.
  void merge(GroupId from, GroupId to);
  /// Groups that must run earlier, those through others left out.
  const std::set<GroupId>& before(GroupId group) const { return before_[group]; }
  /// Whether `first` must run before `second`, directly or through others.
  bool precedes(GroupId first, GroupId second) const;
  /// Groups that were looked at so far: the work done.
  int64_t visits() const { return visits_; }

 private:
  void move_behind(GroupId first, GroupId second);
  /// Groups that `edges` lead to from `from`, itself first, whose places lie from `low` to `high`.
  std::vector<GroupId> search(GroupId from, const std::vector<std::set<GroupId>>& edges, uint32_t low,
                              uint32_t high) const;

  std::vector<std::set<GroupId>> before_, after_;
  std::vector<uint32_t> place_;  ///< in the order, by group
  mutable int64_t visits_ = 0;
};

}  // namespace nnc
