// One walk over a kernel's statements. A loop's body is counted once and multiplied by its turns; only a loop whose
// variable decides how many lanes are active is walked turn by turn.
#include "ir/nest/nest_work.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "ir/scalar/math_program.h"

namespace nnc {

namespace {

bool is_arithmetic(Scalar function) {
  switch (function) {
    case Scalar::add:
    case Scalar::subtract:
    case Scalar::multiply:
    case Scalar::divide:
    case Scalar::square_root:
    case Scalar::minimum:
    case Scalar::maximum: return true;
    default: return false;
  }
}

void add_flops(KernelWork& work, Element element, int64_t count) {
  if (element == Element::f32) work.flops_f32 += count;
  if (element == Element::f64) work.flops_f64 += count;
}

/// The subscripts that an axis of a parameter is touched at.
struct Touched {
  int64_t low = 0, high = 0, step = 0;  ///< low, low + step, … high
  int64_t most = 1;                     ///< of these, as many as loops and lanes make
  bool gathered = false;                ///< or `most` that only a run knows

  int64_t count() const { return gathered ? most : step == 0 ? 1 : std::min(most, (high - low) / step + 1); }
  void also(const Touched& other) {
    most = *this == other ? most : gathered || other.gathered ? std::max(most, other.most) : most + other.most;
    step = std::gcd(std::gcd(step, other.step), low - other.low);
    low = std::min(low, other.low);
    high = std::max(high, other.high);
    gathered = gathered || other.gathered;
  }
  bool operator==(const Touched&) const = default;
};

/// The part of a parameter that is read, or written.
struct Box {
  bool any = false;
  std::vector<Touched> axes;
};

class WorkCounter {
 public:
  WorkCounter(const Kernel& kernel, const Target& target, int64_t rows)
      : kernel_(kernel),
        target_(target),
        rows_(rows),
        loops_(kernel.loops.size()),
        registers_(kernel.registers.size()),
        visited_(kernel.exprs.size(), 0),
        lanes_(kernel.exprs.size(), 1),
        read_(kernel.parameters.size()),
        written_(kernel.parameters.size()) {}

  KernelWork count() {
    for (const Expr& e : kernel_.exprs) {
      if (e.kind == ExprKind::load && e.place.active) find_mask_loops(*e.place.active);
    }
    find_mask_loops(kernel_.body);
    block(kernel_.body, 1);
    for (size_t i = 0; i < kernel_.parameters.size(); ++i) {
      work_.bytes_read += bytes(kernel_.parameters[i], read_[i]);
      work_.bytes_written += bytes(kernel_.parameters[i], written_[i]);
    }
    return work_;
  }

 private:
  struct Range {
    int64_t first = 0, last = 0, step = 1, turns = 1;
    int64_t now = 0;  ///< of a loop that is walked turn by turn
    bool masks = false;
  };
  struct Written {
    int lanes = 0;                ///< that hold something computed; 0: all, they hold a constant
    std::set<LoopId> loops = {};  ///< that its value depends on
  };

  void find_mask_loops(const Affine& active) {
    for (const Affine::Term& term : active.terms) {
      if (term.of == Affine::Of::loop) loops_[term.id].masks = true;
    }
  }
  void find_mask_loops(const Block& body) {
    for (const Statement& statement : body) {
      if (const auto* loop = std::get_if<Loop>(&statement)) find_mask_loops(loop->body);
      if (const auto* store = std::get_if<Store>(&statement); store != nullptr && store->place.active)
        find_mask_loops(*store->place.active);
    }
  }

  void block(const Block& body, int64_t times) {
    for (const Statement& statement : body) {
      if (const auto* inner = std::get_if<Loop>(&statement)) loop(*inner, times);
      if (const auto* set = std::get_if<Assign>(&statement)) assign(*set, times);
      if (const auto* store = std::get_if<Store>(&statement)) put(*store, times);
    }
  }

  void loop(const Loop& loop, int64_t times) {
    const int64_t begin = loop.begin.at(rows_), end = loop.end.at(rows_), turns = loop.turns(rows_);
    if (turns == 0) return;
    Range& range = loops_[loop.id];
    range.first = begin;
    range.last = begin + (turns - 1) * loop.step;
    range.step = loop.step;
    range.turns = turns;
    if (!range.masks) return block(loop.body, times * turns);
    for (range.now = begin; range.now < end; range.now += loop.step) block(loop.body, times);
  }

  void assign(const Assign& set, int64_t times) {
    begin_statement();
    const int lanes = value(set.value, times, INT32_MAX);
    Written& written = registers_[set.target.id];
    written.lanes = kernel_.exprs[set.value].kind == ExprKind::constant ? 0 : std::max(written.lanes, lanes);
    written.loops.insert(met_.begin(), met_.end());
  }

  void put(const Store& store, int64_t times) {
    begin_statement();
    if (store.place.when) value(*store.place.when, times, INT32_MAX);
    const int lanes = kernel_.exprs[store.value].type.lanes;
    value(store.value, times, active_of(store.place, lanes));
    touch(store.place, lanes, written_[store.place.parameter]);
  }

  void begin_statement() {
    ++statement_;
    met_.clear();
  }

  /// Of a place's lanes.
  int active_of(const Place& place, int lanes) const {
    if (!place.active) return lanes;
    int64_t value = place.active->constant;
    for (const Affine::Term& term : place.active->terms) {
      if (term.of == Affine::Of::reg) return lanes;
      value += term.coefficient * (term.of == Affine::Of::rows ? rows_ : loops_[term.id].now);
    }
    return static_cast<int>(std::clamp<int64_t>(value, 0, lanes));
  }

  /// Counts what the value is made of, each part once in a statement; returns its lanes that mean something.
  int value(ExprId id, int64_t times, int most) {
    std::vector<ExprId> needed, pending{id};
    while (!pending.empty()) {
      const ExprId next = pending.back();
      pending.pop_back();
      if (std::exchange(visited_[next], statement_) == statement_) continue;
      needed.push_back(next);
      const Expr& e = kernel_.exprs[next];
      pending.insert(pending.end(), e.operands.begin(), e.operands.end());
      if (e.kind == ExprKind::load && e.place.when) pending.push_back(*e.place.when);
    }
    std::sort(needed.begin(), needed.end());  // operands precede users
    for (ExprId each : needed) part(each, times, most);
    return lanes_[id];
  }

  void part(ExprId id, int64_t times, int most) {
    const Expr& e = kernel_.exprs[id];
    int lanes = e.type.lanes;
    for (ExprId operand : e.operands) {
      if (kernel_.exprs[operand].type.lanes == e.type.lanes) lanes = std::min(lanes, lanes_[operand]);
    }
    if (e.kind == ExprKind::read) {
      const Written& written = registers_[e.reg.id];
      if (written.lanes > 0) lanes = std::min(lanes, written.lanes);
      met_.insert(written.loops.begin(), written.loops.end());
    }
    if (e.kind == ExprKind::index) meet(e.affine);
    if (e.kind == ExprKind::load) {
      lanes = std::min(lanes, active_of(e.place, lanes));
      for (const Affine& subscript : e.place.subscripts) meet(subscript);
      touch(e.place, e.type.lanes, read_[e.place.parameter]);
    }
    if (lanes > 1) lanes = std::min(lanes, std::max(most, 1));
    arithmetic(e, lanes, times);
    lanes_[id] = lanes;
  }

  void arithmetic(const Expr& e, int lanes, int64_t times) {
    if (e.kind == ExprKind::tree) {
      const int terms = lanes_[e.operands[0]];
      if (is_arithmetic(e.function)) add_flops(work_, e.type.element, times * (terms - 1));
    }
    if (e.kind != ExprKind::apply) return;
    if (is_arithmetic(e.function)) add_flops(work_, e.type.element, times * lanes);
    if (e.function == Scalar::fused_multiply_add) add_flops(work_, e.type.element, 2 * times * lanes);
    if (!info(e.function).is_math) return;
    const KernelWork& one = function(e.function, e.type.element);
    work_.flops_f32 += one.flops_f32 * times * lanes;
    work_.flops_f64 += one.flops_f64 * times * lanes;
  }

  /// One value of a math function, without its rare part.
  const KernelWork& function(Scalar function, Element element) {
    auto [found, added] = functions_.try_emplace({function, element});
    if (!added) return found->second;
    const MathProgram program = math_program(function, element, target_.has_fma);
    for (size_t i = 0; i < program.steps.size(); ++i) {
      const MathStep& step = program.steps[i];
      const bool rare = program.rare && i >= program.rare->first && i < program.rare->end;
      if (step.kind != MathStep::Kind::apply || rare) continue;
      if (is_arithmetic(step.function)) add_flops(found->second, step.element, 1);
      if (step.function == Scalar::fused_multiply_add) add_flops(found->second, step.element, 2);
    }
    return found->second;
  }

  void meet(const Affine& affine) {
    for (const Affine::Term& term : affine.terms) {
      if (term.of == Affine::Of::loop) met_.insert(term.id);
      if (term.of == Affine::Of::reg) met_.insert(registers_[term.id].loops.begin(), registers_[term.id].loops.end());
    }
  }

  Touched touched(const Affine& subscript, int64_t lanes, int64_t lane_stride) const {
    Touched axis{subscript.constant, subscript.constant};
    auto widen = [&](int64_t from, int64_t to, int64_t step, int64_t positions) {
      axis.most *= positions;
      axis.low += std::min(from, to);
      axis.high += std::max(from, to);
      axis.step = std::gcd(axis.step, step);
    };
    for (const Affine::Term& term : subscript.terms) {
      if (term.of == Affine::Of::rows) widen(term.coefficient * rows_, term.coefficient * rows_, 0, 1);
      if (term.of == Affine::Of::loop) {
        const Range& range = loops_[term.id];
        widen(term.coefficient * range.first, term.coefficient * range.last,
              range.turns > 1 ? term.coefficient * range.step : 0, range.turns);
      }
      if (term.of != Affine::Of::reg) continue;
      axis.gathered = true;
      axis.most *= kernel_.registers[term.id].type.lanes;
      for (LoopId id : registers_[term.id].loops) axis.most *= loops_[id].turns;
    }
    if (lanes > 1) widen(0, (lanes - 1) * lane_stride, lane_stride, lanes);
    return axis;
  }

  void touch(const Place& place, int lanes, Box& box) {
    const size_t rank = place.subscripts.size();
    const size_t lane_axis = place.lane_axis >= 0 ? static_cast<size_t>(place.lane_axis) : rank - 1;
    const bool first = !std::exchange(box.any, true);
    box.axes.resize(rank);
    for (size_t i = 0; i < rank; ++i) {
      const Touched here = touched(place.subscripts[i], i == lane_axis ? lanes : 1, place.lane_stride);
      first ? static_cast<void>(box.axes[i] = here) : box.axes[i].also(here);
    }
  }

  int64_t bytes(const Parameter& parameter, const Box& box) const {
    if (!box.any) return 0;
    int64_t elements = 1;
    for (size_t i = 0; i < box.axes.size(); ++i) {
      Touched axis = box.axes[i];
      const Dim& dim = parameter.shape[i];
      const bool known = dim.symbol != Symbol::samples;
      if (known) {
        axis.low = std::max<int64_t>(axis.low, 0);
        axis.high = std::min(axis.high, dim.at(rows_) - 1);
      }
      elements *= known ? std::min(axis.count(), dim.at(rows_)) : axis.count();
    }
    return elements * byte_size(parameter.element);
  }

  const Kernel& kernel_;
  const Target& target_;
  int64_t rows_;
  KernelWork work_;
  std::vector<Range> loops_;
  std::vector<Written> registers_;
  std::vector<uint64_t> visited_;  ///< by expression: the statement that last counted it
  std::vector<int> lanes_;
  std::vector<Box> read_, written_;
  std::set<LoopId> met_;  ///< loops that the statement's value depends on
  std::map<std::pair<Scalar, Element>, KernelWork> functions_;
  uint64_t statement_ = 0;
};

void add_sites(const std::vector<Stage>& stages, int64_t times, std::vector<CallSite>& sites) {
  for (const Stage& stage : stages) {
    if (const auto* call = std::get_if<Call>(&stage)) sites.push_back({call, times});
    const auto* repeat = std::get_if<Repeat>(&stage);
    if (repeat != nullptr && repeat->count > 0) add_sites(repeat->stages, times * repeat->count, sites);
  }
}

}  // namespace

KernelWork count_work(const Kernel& kernel, const Target& target, int64_t rows) {
  return WorkCounter(kernel, target, rows).count();
}

std::vector<CallSite> call_sites(const NestProgram& program) {
  std::vector<CallSite> sites;
  add_sites(program.stages, 1, sites);
  return sites;
}

}  // namespace nnc
