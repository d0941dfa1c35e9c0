// A kernel with shared loops is run by several workers at once, without a barrier in it. For every parameter that it
// writes and that they have in common:
//   1. Every load and store stands in a shared loop.
//   2. Of loops with the same turns, which each worker cuts alike, some axis keeps the turns apart.
//   3. Of loops with other turns, some axis keeps all that they touch apart.
// What a register holds does not pass from turn to turn, nor out of the loop.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ir/nest/nest_check.h"
#include "ir/nest/nest_text.h"
#include "ir/nest/team.h"
#include "ir/verify/nest_intervals.h"

namespace nnc {

namespace {

/// A load or a store within a shared loop.
struct Touch {
  NestPosition at;
  const Loop* shared = nullptr;
  bool written = false;
  std::vector<AxisSpan> spans;    ///< by axis, seen from the loop
  std::vector<Interval> covered;  ///< by axis, over all turns
};

bool same_turns(const Loop& a, const Loop& b) {
  return a.begin == b.begin && a.end == b.end && a.step == b.step && a.shares == b.shares;
}

class SharesCheck {
 public:
  SharesCheck(const Kernel& kernel, int64_t workers, int64_t capacity, bool exact)
      : kernel_(kernel), intervals_(kernel, capacity, exact), workers_(workers) {}

  void run() {
    NestPosition position;
    position.kernel = &kernel_;
    visit_statements(position, kernel_.body, [&](const NestPosition& at) { statement(at); });
    check_registers_of_loops();
    for (const auto& [parameter, touches] : touches_) check(parameter, touches);
  }

 private:
  static const Loop* shared_around(const NestPosition& at) {
    auto found = std::find_if(at.loops.begin(), at.loops.end(), [](const Loop* loop) { return loop->shares > 1; });
    return found == at.loops.end() ? nullptr : *found;
  }

  bool in_common(ParameterId id) const { return kernel_.parameters[id].written && !kernel_.parameters[id].per_worker; }

  void statement(const NestPosition& at) {
    const Statement& statement = (*at.block)[at.index];
    const Loop* shared = shared_around(at);
    if (const auto* loop = std::get_if<Loop>(&statement)) return check_loop(at, *loop, shared);
    for (ExprId id : exprs_of(kernel_, statement)) {
      const Expr& e = kernel_.exprs[id];
      if (e.kind == ExprKind::load) touch(at, shared, e.place, e.type.lanes, false);
      if (e.kind == ExprKind::read) read(at, shared, e.reg.id);
      if (e.kind == ExprKind::index) read_all(at, shared, e.affine);
      if (e.kind == ExprKind::load) read_subscripts(at, shared, e.place);
    }
    if (const auto* store = std::get_if<Store>(&statement)) {
      touch(at, shared, store->place, kernel_.exprs[store->value].type.lanes, true);
      read_subscripts(at, shared, store->place);
    }
    if (const auto* assign = std::get_if<Assign>(&statement)) {
      if (shared != nullptr) assigned_[assign->target.id].insert(shared->id);
    }
  }

  void check_loop(const NestPosition& at, const Loop& loop, const Loop* around) const {
    if (loop.shares == 1) return;
    if (loop.kind != LoopKind::parallel)
      nest_fault(at, fmt::format("only a parallel loop is shared, not '{}'", name(loop)));
    if (around != nullptr) nest_fault(at, fmt::format("the shared loop '{}' lies within another", name(loop)));
    if (loop.shares <= workers_) return;
    nest_fault(at, fmt::format("the loop '{}' has {} shares, and there {} {} worker{}", name(loop), loop.shares,
                               workers_ == 1 ? "is" : "are", workers_, workers_ == 1 ? "" : "s"));
  }

  const std::string& name(const Loop& loop) const { return kernel_.loops[loop.id]; }

  void read_subscripts(const NestPosition& at, const Loop* shared, const Place& place) {
    for (const Affine& subscript : place.subscripts) read_all(at, shared, subscript);
  }
  void read_all(const NestPosition& at, const Loop* shared, const Affine& affine) {
    for (const Affine::Term& term : affine.terms) {
      if (term.of == Affine::Of::reg) read(at, shared, term.id);
    }
  }

  /// Reads that stand before the register's assignment within its loop, or outside of the loop.
  void read(const NestPosition& at, const Loop* shared, RegisterId id) {
    auto found = assigned_.find(id);
    const bool here = shared != nullptr && found != assigned_.end() && found->second.contains(shared->id);
    if (!here) read_.push_back({id, at});
  }

  void check_registers_of_loops() const {
    for (const auto& [id, at] : read_) {
      auto found = assigned_.find(id);
      if (found == assigned_.end()) continue;
      nest_fault(at, fmt::format("the register '{}' passes what a turn of a shared loop has left on",
                                 kernel_.registers[id].name));
    }
  }

  void touch(const NestPosition& at, const Loop* shared, const Place& place, int lanes, bool written) {
    if (!in_common(place.parameter)) return;
    if (shared == nullptr) {
      nest_fault(at, fmt::format("every worker {} '{}' here, which they have in common", written ? "writes" : "reads",
                                 kernel_.parameters[place.parameter].name));
    }
    auto begin = std::find(at.loops.begin(), at.loops.end(), shared) + 1;
    const std::vector<const Loop*> inner(begin, at.loops.end());
    Touch touch{at, shared, written, {}, {}};
    const auto rank = static_cast<int>(place.subscripts.size());
    for (int axis = 0; axis < rank; ++axis) {
      const auto number = static_cast<size_t>(axis);
      const bool lane = lanes > 1 && axis == (place.lane_axis < 0 ? rank - 1 : place.lane_axis);
      touch.spans.push_back(intervals_.span(place, lanes, number, *shared, inner));
      touch.covered.push_back(intervals_.touched(place.subscripts[number], place, lane, lanes, at.loops));
    }
    touches_[place.parameter].push_back(std::move(touch));
  }

  void check(ParameterId parameter, const std::vector<Touch>& touches) const {
    std::vector<std::vector<const Touch*>> groups;  // by the turns of their loops
    for (const Touch& touch : touches) {
      auto found = std::find_if(groups.begin(), groups.end(),
                                [&](const auto& group) { return same_turns(*group[0]->shared, *touch.shared); });
      if (found == groups.end()) found = groups.insert(groups.end(), std::vector<const Touch*>{});
      found->push_back(&touch);
    }
    for (size_t i = 0; i < groups.size(); ++i) {
      if (!turns_apart(groups[i])) refuse(parameter, *groups[i][0]);
      for (size_t j = 0; j < i; ++j) {
        if (!ranges_apart(groups[i], groups[j])) refuse(parameter, *groups[i][0]);
      }
    }
  }

  [[noreturn]] void refuse(ParameterId parameter, const Touch& touch) const {
    nest_fault(touch.at, fmt::format("workers that share the loop '{}' may be at the same places of '{}'",
                                     name(*touch.shared), kernel_.parameters[parameter].name));
  }

  static bool writes(const std::vector<const Touch*>& group) {
    return std::any_of(group.begin(), group.end(), [](const Touch* touch) { return touch->written; });
  }

  bool turns_apart(const std::vector<const Touch*>& group) const {
    const Interval turns = intervals_.range(*group[0]->shared);
    if (!writes(group) || turns.high - turns.low < group[0]->shared->step) return true;
    for (size_t axis = 0; axis < group[0]->spans.size(); ++axis) {
      std::vector<const AxisSpan*> spans;
      for (const Touch* touch : group) spans.push_back(&touch->spans[axis]);
      if (keeps_apart(spans, group[0]->shared->step, true)) return true;
    }
    return false;
  }

  /// Two by two, since the tiles of a kernel with corners (the last rows, the last lanes) lie apart along different
  /// axes.
  static bool ranges_apart(const std::vector<const Touch*>& a, const std::vector<const Touch*>& b) {
    for (const Touch* x : a) {
      for (const Touch* y : b) {
        if ((x->written || y->written) && !lie_apart(*x, *y)) return false;
      }
    }
    return true;
  }

  static bool lie_apart(const Touch& x, const Touch& y) {
    for (size_t axis = 0; axis < x.covered.size(); ++axis) {
      if (x.spans[axis].usable && y.spans[axis].usable && (before(x, y, axis) || before(y, x, axis))) return true;
    }
    return false;
  }

  /// Whether all that a touches along an axis lies before all that b does.
  static bool before(const Touch& a, const Touch& b, size_t axis) {
    return a.covered[axis].high < b.covered[axis].low || follows(a, b, axis);
  }

  /// Whether loop b begins where loop a has ended, and both move along the axis with nothing else: the end may be known
  /// only when the step runs.
  static bool follows(const Touch& a, const Touch& b, size_t axis) {
    const Loop &from = *a.shared, &to = *b.shared;
    const bool whole = from.end.multiple % from.step == 0 && from.begin.constant == 0 && from.begin.per_row == 0;
    if (!(from.end == to.begin) || !whole) return false;
    const AxisSpan &first = a.spans[axis], &second = b.spans[axis];
    auto within = [&](const AxisSpan& span, Wide high) {
      return span.coefficient == first.coefficient && span.outside.empty() && span.inside.low >= 0 &&
             span.inside.high <= high;
    };
    return first.coefficient > 0 && within(first, first.coefficient * from.step - 1) && within(second, Wide{1} << 100);
  }

  struct Read {
    RegisterId id = 0;
    NestPosition at;
  };

  const Kernel& kernel_;
  NestIntervals intervals_;
  int64_t workers_;
  std::map<ParameterId, std::vector<Touch>> touches_;
  std::map<RegisterId, std::set<LoopId>> assigned_;  ///< in shared loops, so far
  std::vector<Read> read_;
};

}  // namespace

void check_shares(const Kernel& kernel, int64_t workers, int64_t capacity, bool exact) {
  if (is_shared(kernel)) SharesCheck(kernel, workers, capacity, exact).run();
}

}  // namespace nnc
