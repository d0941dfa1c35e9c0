// Subscripts as intervals over all turns of the loops around them. A loop's interval runs from its begin to its last
// turn; where both name rows the difference is kept symbolic only within one subscript (b + (rows − b − 1) is rows −
// 1).
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ir/nest/nest_check.h"
#include "ir/nest/nest_text.h"

namespace nnc {

namespace {

struct Interval {
  Wide low = 0, high = 0;
};

std::string to_string(Wide value) {
  Wide limit = INT64_MAX;
  if (value > limit) return "a huge number";
  if (value < -limit) return "a hugely negative number";
  return fmt::format("{}", static_cast<int64_t>(value));
}

class BoundsCheck {
 public:
  BoundsCheck(const Kernel& kernel, int64_t capacity, bool exact)
      : kernel_(kernel), rows_{exact ? capacity : 1, capacity}, capacity_(capacity) {
    position_.kernel = &kernel;
  }

  void run() {
    visit_statements(position_, kernel_.body, [&](const NestPosition&) { statement(); });
  }

 private:
  Wide at(const LoopBound& bound, Wide rows) const {
    Wide value = bound.constant + Wide{bound.per_row} * rows;
    Wide quotient = value / bound.multiple;
    return quotient * bound.multiple;
  }

  Interval range(const Loop& loop) const {
    Interval result{std::min(at(loop.begin, rows_.low), at(loop.begin, rows_.high)),
                    std::max(at(loop.end, rows_.low), at(loop.end, rows_.high)) - 1};
    auto whole = [&](const LoopBound& bound) {
      bool constant = bound.constant % loop.step == 0 && bound.per_row % loop.step == 0 && bound.multiple == 1;
      return constant || bound.multiple % loop.step == 0;
    };
    if (whole(loop.begin) && whole(loop.end)) {
      result.high += 1 - loop.step;
    } else if (loop.begin.per_row == 0 && result.high >= result.low) {
      result.high = result.low + (result.high - result.low) / loop.step * loop.step;
    }
    return result;
  }

  Interval of(const Affine& affine) const {
    std::map<LoopId, Wide> loops;
    Wide rows = 0;
    for (const Affine::Term& term : affine.terms) {
      if (term.of == Affine::Of::loop) loops[term.id] += term.coefficient;
      if (term.of == Affine::Of::rows) rows += term.coefficient;
    }
    Interval sum{affine.constant, affine.constant};
    add(sum, rows, rows_);
    for (const auto& [id, coefficient] : loops) {
      for (const Loop* loop : position_.loops) {
        if (loop->id == id) add(sum, coefficient, range(*loop));
      }
    }
    return sum;
  }

  static void add(Interval& to, Wide coefficient, const Interval& of) {
    Wide a = coefficient * of.low, b = coefficient * of.high;
    to.low += std::min(a, b);
    to.high += std::max(a, b);
  }

  bool reachable() const {
    return std::all_of(position_.loops.begin(), position_.loops.end(), [&](const Loop* loop) {
      Interval turns = range(*loop);
      return turns.low <= turns.high;
    });
  }

  void check_register(const RegisterRef& reg) const {
    const Register& declared = kernel_.registers[reg.id];
    for (size_t axis = 0; axis < reg.subscripts.size(); ++axis) {
      Interval where = of(reg.subscripts[axis]);
      if (where.low >= 0 && where.high < declared.extents[axis]) continue;
      nest_fault(position_, fmt::format("register '{}' has extent {} and is indexed from {} to {}", declared.name,
                                        declared.extents[axis], to_string(where.low), to_string(where.high)));
    }
  }

  static bool names_register(const Affine& affine) {
    return std::any_of(affine.terms.begin(), affine.terms.end(),
                       [](const Affine::Term& term) { return term.of == Affine::Of::reg; });
  }

  /// The subscripts of touched lanes. `active` limits them: the last touched lane is active − 1 at most, and where no
  /// lane is active nothing counts.
  Interval touched(const Affine& subscript, const Place& place, bool lane_axis, int lanes) const {
    Wide stride = lane_axis ? place.lane_stride : 0;
    Interval all = of(subscript);
    all.low += std::min<Wide>(0, stride * (lanes - 1));
    all.high += std::max<Wide>(0, stride * (lanes - 1));
    if (!place.active || names_register(*place.active)) return all;
    bool down = stride < 0;
    int64_t factor = down ? place.lane_stride : std::max<int64_t>(1, lane_axis ? place.lane_stride : 1);
    Affine last = subscript;
    last.constant += factor * (place.active->constant - 1);
    for (Affine::Term term : place.active->terms) {
      term.coefficient *= factor;
      last.terms.push_back(term);
    }
    if (down) all.low = std::max(all.low, of(last).low);
    if (!down) all.high = std::min(all.high, of(last).high);
    return all;
  }

  void check_place(const Place& place, int lanes) const {
    if (place.when) return;  // what a condition guards is checked when it runs
    const Parameter& parameter = kernel_.parameters[place.parameter];
    auto rank = static_cast<int>(place.subscripts.size());
    int lane_axis = place.lane_axis < 0 ? rank - 1 : place.lane_axis;
    bool by_register = false;
    for (const Affine& subscript : place.subscripts) {
      for (const Affine::Term& term : subscript.terms) {
        by_register = by_register || (term.of == Affine::Of::reg && kernel_.registers[term.id].type.lanes > 1);
      }
    }
    for (int axis = 0; axis < rank; ++axis) {
      const Affine& subscript = place.subscripts[static_cast<size_t>(axis)];
      if (names_register(subscript)) continue;  // row numbers and labels: whoever supplies them checks them
      bool lane = axis == lane_axis && lanes > 1 && !by_register;
      auto [low, high] = touched(subscript, place, lane, lanes);
      const Dim& dim = parameter.shape[static_cast<size_t>(axis)];
      bool unknown = dim.symbol == Symbol::samples;
      Wide extent = dim.at(capacity_);
      if (low >= 0 && (unknown || high < extent || high < low)) continue;
      nest_fault(position_, fmt::format("'{}' has extent {} along axis {} and is touched from {} to {}", parameter.name,
                                        nnc::to_string(dim), axis, to_string(low), to_string(high)));
    }
  }

  void statement() {
    const Statement& statement = (*position_.block)[position_.index];
    if (const auto* loop = std::get_if<Loop>(&statement)) {
      if (loop->kind == LoopKind::parallel) check_parallel(*loop);
      return;
    }
    if (!reachable()) return;
    if (const auto* assign = std::get_if<Assign>(&statement)) check_register(assign->target);
    if (const auto* store = std::get_if<Store>(&statement)) {
      check_place(store->place, kernel_.exprs[store->value].type.lanes);
    }
    for (ExprId id : exprs_of(kernel_, statement)) {
      const Expr& e = kernel_.exprs[id];
      if (e.kind == ExprKind::read) check_register(e.reg);
      if (e.kind == ExprKind::load) check_place(e.place, e.type.lanes);
    }
  }

  /// What a store writes along one axis, seen from a parallel loop around it: coefficient × the loop's variable + what
  /// lies outside + an interval from what lies inside.
  struct Span {
    Wide coefficient = 0;
    std::map<std::pair<int, uint32_t>, Wide> outside;
    Interval inside;
    bool usable = true;
  };

  Span span(const Store& store, size_t axis, const Loop& parallel, const std::vector<const Loop*>& inner) const {
    Span result;
    const Place& place = store.place;
    const Affine& subscript = place.subscripts[axis];
    result.inside = {subscript.constant, subscript.constant};
    for (const Affine::Term& term : subscript.terms) {
      if (term.of == Affine::Of::reg) result.usable = false;
      if (term.of == Affine::Of::loop && term.id == parallel.id) {
        result.coefficient += term.coefficient;
        continue;
      }
      auto found = std::find_if(inner.begin(), inner.end(),
                                [&](const Loop* loop) { return term.of == Affine::Of::loop && loop->id == term.id; });
      if (found != inner.end()) {
        add(result.inside, term.coefficient, range(**found));
      } else {
        result.outside[{static_cast<int>(term.of), term.id}] += term.coefficient;
      }
    }
    int lane_axis = place.lane_axis < 0 ? static_cast<int>(place.subscripts.size()) - 1 : place.lane_axis;
    Wide lanes = kernel_.exprs[store.value].type.lanes;
    if (place.active && place.active->terms.empty()) lanes = std::clamp<Wide>(place.active->constant, 0, lanes);
    if (static_cast<int>(axis) == lane_axis && lanes > 1) add(result.inside, place.lane_stride, {0, lanes - 1});
    return result;
  }

  /// Some axis must keep the turns apart: all stores move with the loop there, by more than what one turn covers.
  void check_parallel(const Loop& parallel) const {
    std::map<ParameterId, std::vector<std::vector<Span>>> stores;  // by parameter: one list of axes a store
    NestPosition inside;
    inside.kernel = &kernel_;
    visit_statements(inside, parallel.body, [&](const NestPosition& at) {
      const auto* store = std::get_if<Store>(&(*at.block)[at.index]);
      if (store == nullptr) return;
      std::vector<Span> axes;
      for (size_t axis = 0; axis < store->place.subscripts.size(); ++axis) {
        axes.push_back(span(*store, axis, parallel, at.loops));
      }
      stores[store->place.parameter].push_back(std::move(axes));
    });
    Interval turns = range(parallel);
    if (turns.high - turns.low < parallel.step) return;
    for (const auto& [parameter, list] : stores) {
      bool apart = false;
      for (size_t axis = 0; axis < list[0].size(); ++axis) apart = apart || keeps_apart(list, axis, parallel.step);
      if (!apart) {
        nest_fault(position_, fmt::format("turns of the parallel loop '{}' write the same places of '{}'",
                                          kernel_.loops[parallel.id], kernel_.parameters[parameter].name));
      }
    }
  }

  static bool keeps_apart(const std::vector<std::vector<Span>>& list, size_t axis, int64_t step) {
    const Span& first = list[0][axis];
    Interval covered = first.inside;
    for (const std::vector<Span>& axes : list) {
      const Span& span = axes[axis];
      if (!span.usable || span.coefficient != first.coefficient || span.outside != first.outside) return false;
      covered.low = std::min(covered.low, span.inside.low);
      covered.high = std::max(covered.high, span.inside.high);
    }
    Wide moved = (first.coefficient < 0 ? -first.coefficient : first.coefficient) * step;
    return covered.high - covered.low < moved;
  }

  const Kernel& kernel_;
  Interval rows_;
  int64_t capacity_;
  NestPosition position_;
};

}  // namespace

void check_bounds(const Kernel& kernel, int64_t capacity, bool exact) { BoundsCheck(kernel, capacity, exact).run(); }

}  // namespace nnc
