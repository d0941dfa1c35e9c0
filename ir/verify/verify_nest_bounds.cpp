// Every place and every register subscript within its extents, and parallel loops whose turns write different places.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ir/nest/nest_check.h"
#include "ir/nest/nest_text.h"
#include "ir/verify/nest_intervals.h"

namespace nnc {

namespace {

std::string to_string(Wide value) {
  Wide limit = INT64_MAX;
  if (value > limit) return "a huge number";
  if (value < -limit) return "a hugely negative number";
  return fmt::format("{}", static_cast<int64_t>(value));
}

class BoundsCheck {
 public:
  BoundsCheck(const Kernel& kernel, int64_t capacity, bool exact)
      : kernel_(kernel), intervals_(kernel, capacity, exact), capacity_(capacity) {
    position_.kernel = &kernel;
  }

  void run() {
    visit_statements(position_, kernel_.body, [&](const NestPosition&) { statement(); });
  }

 private:
  Interval of(const Affine& affine) const { return intervals_.of(affine, position_.loops); }

  bool reachable() const {
    return std::all_of(position_.loops.begin(), position_.loops.end(), [&](const Loop* loop) {
      Interval turns = intervals_.range(*loop);
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
      auto [low, high] = intervals_.touched(subscript, place, lane, lanes, position_.loops);
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

  /// Some axis must keep the turns apart.
  void check_parallel(const Loop& parallel) const {
    std::map<ParameterId, std::vector<std::vector<AxisSpan>>> stores;  // by parameter and axis: one a store
    NestPosition inside;
    inside.kernel = &kernel_;
    visit_statements(inside, parallel.body, [&](const NestPosition& at) {
      const auto* store = std::get_if<Store>(&(*at.block)[at.index]);
      if (store == nullptr || kernel_.parameters[store->place.parameter].per_worker) return;
      std::vector<std::vector<AxisSpan>>& axes = stores[store->place.parameter];
      axes.resize(store->place.subscripts.size());
      const int lanes = kernel_.exprs[store->value].type.lanes;
      for (size_t axis = 0; axis < axes.size(); ++axis) {
        axes[axis].push_back(intervals_.span(store->place, lanes, axis, parallel, at.loops));
      }
    });
    Interval turns = intervals_.range(parallel);
    if (turns.high - turns.low < parallel.step) return;
    for (const auto& [parameter, axes] : stores) {
      bool apart = std::any_of(axes.begin(), axes.end(), [&](const std::vector<AxisSpan>& spans) {
        std::vector<const AxisSpan*> all;
        for (const AxisSpan& span : spans) all.push_back(&span);
        return keeps_apart(all, parallel.step, false);
      });
      if (!apart) {
        nest_fault(position_, fmt::format("turns of the parallel loop '{}' write the same places of '{}'",
                                          kernel_.loops[parallel.id], kernel_.parameters[parameter].name));
      }
    }
  }

  const Kernel& kernel_;
  NestIntervals intervals_;
  int64_t capacity_;
  NestPosition position_;
};

}  // namespace

void check_bounds(const Kernel& kernel, int64_t capacity, bool exact) { BoundsCheck(kernel, capacity, exact).run(); }

}  // namespace nnc
