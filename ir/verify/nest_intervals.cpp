#include "ir/verify/nest_intervals.h"

#include <algorithm>

namespace nnc {

Wide NestIntervals::at(const LoopBound& bound, Wide rows) const {
  Wide value = bound.constant + Wide{bound.per_row} * rows;
  Wide quotient = value / bound.multiple;
  return quotient * bound.multiple;
}

Interval NestIntervals::range(const Loop& loop) const {
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

Interval NestIntervals::of(const Affine& affine, const std::vector<const Loop*>& around) const {
  std::map<LoopId, Wide> loops;
  Wide rows = 0;
  for (const Affine::Term& term : affine.terms) {
    if (term.of == Affine::Of::loop) loops[term.id] += term.coefficient;
    if (term.of == Affine::Of::rows) rows += term.coefficient;
  }
  Interval sum{affine.constant, affine.constant};
  add(sum, rows, rows_);
  for (const auto& [id, coefficient] : loops) {
    for (const Loop* loop : around) {
      if (loop->id == id) add(sum, coefficient, range(*loop));
    }
  }
  return sum;
}

void NestIntervals::add(Interval& to, Wide coefficient, const Interval& of) {
  Wide a = coefficient * of.low, b = coefficient * of.high;
  to.low += std::min(a, b);
  to.high += std::max(a, b);
}

Interval NestIntervals::touched(const Affine& subscript, const Place& place, bool lane_axis, int lanes,
                                const std::vector<const Loop*>& loops) const {
  Wide stride = lane_axis ? place.lane_stride : 0;
  Interval all = of(subscript, loops);
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
  if (down) all.low = std::max(all.low, of(last, loops).low);
  if (!down) all.high = std::min(all.high, of(last, loops).high);
  return all;
}

AxisSpan NestIntervals::span(const Place& place, int lanes, size_t axis, const Loop& loop,
                             const std::vector<const Loop*>& inner) const {
  AxisSpan result;
  const Affine& subscript = place.subscripts[axis];
  result.inside = {subscript.constant, subscript.constant};
  for (const Affine::Term& term : subscript.terms) {
    if (term.of == Affine::Of::reg) result.usable = false;
    if (term.of == Affine::Of::loop && term.id == loop.id) {
      result.coefficient += term.coefficient;
      continue;
    }
    auto found = std::find_if(inner.begin(), inner.end(),
                              [&](const Loop* each) { return term.of == Affine::Of::loop && each->id == term.id; });
    if (found != inner.end()) {
      add(result.inside, term.coefficient, range(**found));
    } else {
      result.outside[{static_cast<int>(term.of), term.id}] += term.coefficient;
    }
  }
  int lane_axis = place.lane_axis < 0 ? static_cast<int>(place.subscripts.size()) - 1 : place.lane_axis;
  Wide touched = lanes;
  if (place.active && place.active->terms.empty()) touched = std::clamp<Wide>(place.active->constant, 0, touched);
  if (static_cast<int>(axis) == lane_axis && touched > 1) add(result.inside, place.lane_stride, {0, touched - 1});
  return result;
}

bool names_register(const Affine& affine) {
  return std::any_of(affine.terms.begin(), affine.terms.end(),
                     [](const Affine::Term& term) { return term.of == Affine::Of::reg; });
}

bool keeps_apart(const std::vector<const AxisSpan*>& spans, int64_t step, bool alone) {
  const AxisSpan& first = *spans[0];
  Interval covered = first.inside;
  for (const AxisSpan* span : spans) {
    const bool same = span->coefficient == first.coefficient && span->outside == first.outside;
    if (!span->usable || !same) return false;
    covered.low = std::min(covered.low, span->inside.low);
    covered.high = std::max(covered.high, span->inside.high);
  }
  const bool moved = std::any_of(first.outside.begin(), first.outside.end(), [](const auto& term) {
    return term.first.first == static_cast<int>(Affine::Of::loop);
  });
  if (alone && moved) return false;
  Wide distance = (first.coefficient < 0 ? -first.coefficient : first.coefficient) * step;
  return covered.high - covered.low < distance;
}

}  // namespace nnc
