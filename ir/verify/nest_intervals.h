// Subscripts of a kernel as intervals over all turns of the loops around them. A loop's interval runs from its begin to
// its last turn; where both name rows the difference is kept symbolic only within one subscript (b + (rows − b − 1) is
// rows − 1).
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "ir/nest/nest_check.h"

namespace nnc {

struct Interval {
  Wide low = 0, high = 0;
};

/// What a place covers along one axis, seen from a loop around it: coefficient × the loop's variable + what lies
/// outside of the loop + an interval from what lies inside.
struct AxisSpan {
  Wide coefficient = 0;
  std::map<std::pair<int, uint32_t>, Wide> outside = {};
  Interval inside = {};
  bool usable = true;  ///< false: a register says where
};

class NestIntervals {
 public:
  /// `kernel` must outlive it.
  NestIntervals(const Kernel& kernel, int64_t capacity, bool exact)
      : kernel_(kernel), rows_{exact ? capacity : 1, capacity} {}

  /// The values of a loop's variable; high < low where it has no turn.
  Interval range(const Loop& loop) const;
  /// Of an affine value under these loops; registers count as 0.
  Interval of(const Affine& affine, const std::vector<const Loop*>& loops) const;
  /// The subscripts of touched lanes along an axis of a place, `lane_axis` where lanes lie along it. `active` limits
  /// them: the last touched lane is active − 1 at most, and where no lane is active nothing counts.
  Interval touched(const Affine& subscript, const Place& place, bool lane_axis, int lanes,
                   const std::vector<const Loop*>& loops) const;
  /// Of a place of so many lanes; `inner`: the loops between `loop` and it.
  AxisSpan span(const Place& place, int lanes, size_t axis, const Loop& loop,
                const std::vector<const Loop*>& inner) const;

 private:
  Wide at(const LoopBound& bound, Wide rows) const;
  static void add(Interval& to, Wide coefficient, const Interval& of);

  const Kernel& kernel_;
  Interval rows_;
};

/// Whether any part of the value comes from a register.
bool names_register(const Affine& affine);

/// Whether the turns of a loop of this step keep apart what spans along one axis cover: all move with the loop, by more
/// than what one turn covers. `alone`: no other loop around it moves any of them.
bool keeps_apart(const std::vector<const AxisSpan*>& spans, int64_t step, bool alone);

}  // namespace nnc
