// Positions and places: from index expressions to subscripts of loads and stores.
#include <fmt/format.h>

#include "ir/graph/op.h"
#include "passes/vectorize/values.h"
#include "support/error.h"

namespace nnc {

namespace {

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

Affine scaled(const Affine& affine, int64_t factor) { return factor == 0 ? Affine{} : affine * factor; }

}  // namespace

AxisIndex Values::map(const IndexExpr& expr, const ElementIndex& at) {
  AxisIndex sum{Affine::of(expr.constant()), 0};
  for (const IndexExpr::Term& term : expr.terms()) {
    AxisIndex value;
    if (term.kind == IndexExpr::Kind::variable) {
      value = at[static_cast<size_t>(term.variable)];
    } else {
      AxisIndex inner = map(*term.inner, at);
      bool quotient = term.kind == IndexExpr::Kind::quotient;
      if (inner.lane == 0 && inner.base.terms.empty()) {
        int64_t whole = floor_divide(inner.base.constant, term.divisor);
        value.base = Affine::of(quotient ? whole : inner.base.constant - whole * term.divisor);
      } else {
        ScalarValue divisor = nest_.constant(static_cast<double>(term.divisor), Element::i32);
        value = in_register(nest_.call(quotient ? Scalar::divide : Scalar::remainder, position(inner), divisor), "q");
      }
    }
    sum.base = sum.base + scaled(value.base, term.coefficient);
    sum.lane += value.lane * term.coefficient;
  }
  return sum;
}

ElementIndex Values::map(const std::vector<IndexExpr>& exprs, const ElementIndex& at) {
  ElementIndex result;
  for (const IndexExpr& expr : exprs) result.push_back(map(expr, at));
  return result;
}

ScalarValue Values::position(const AxisIndex& index) {
  Affine plain{index.base.constant, {}};
  std::vector<Affine::Term> vectors;
  for (const Affine::Term& term : index.base.terms) {
    bool vector = term.of == Affine::Of::reg && vector_registers_.contains(term.id);
    (vector ? vectors : plain.terms).push_back(term);
  }
  ScalarValue value = nest_.index(plain);
  auto times = [&](ScalarValue factor, int64_t count) {
    if (count == 1) return factor;
    return nest_.call(Scalar::multiply, factor, nest_.constant(static_cast<double>(count), Element::i32));
  };
  for (const Affine::Term& term : vectors) value = value + times(nest_.read({term.id, {}}), term.coefficient);
  if (index.lane != 0) value = value + times(nest_.lane(lanes), index.lane);
  return value;
}

AxisIndex Values::row_number(NodeId index, const ElementIndex& at, const Dim& count) {
  constexpr NodeId kRowNumber = NodeId{1} << 31;  // known under a number beside the node's own value
  auto found = known_.find(index | kRowNumber);
  std::optional<ExprId> when = when_ ? std::optional<ExprId>(when_->id) : std::nullopt;
  if (found != known_.end()) {
    for (const Known& known : found->second) {
      if (known.at == at && known.when == when) return {Affine{0, {{Affine::Of::reg, known.value.id, 1}}}, 0};
    }
  }
  ScalarValue row = element(index, at);
  if (count.symbol != Symbol::samples) {
    ScalarValue last = kernel_.program().at_run_time(count)
                           ? nest_.index(rows_affine(count.count) + int64_t{-1})
                           : nest_.constant(static_cast<double>(kernel_.program().extent(count) - 1), Element::i32);
    row = nest_.call(Scalar::minimum, row, last);
    row = nest_.call(Scalar::maximum, row, nest_.constant(0, Element::i32));
  }
  AxisIndex result = in_register(row, "row");
  know(index | kRowNumber, at, {nullptr, result.base.terms[0].id});
  return result;
}

Place Values::place(const View& view, const ElementIndex& at) {
  NNC_ASSERT(at.size() == view.shape.size(), fmt::format("{} positions for {} axes", at.size(), view.shape.size()));
  int with_lanes = 0;
  bool by_register = false;
  for (size_t axis = 0; axis < at.size(); ++axis) {
    with_lanes += at[axis].lane != 0 ? 1 : 0;
    by_register = by_register || (at[axis].lane < 0 && active);  // masked lanes lie below the first element
    for (const Affine::Term& term : at[axis].base.terms) {
      by_register = by_register || (term.of == Affine::Of::reg && vector_registers_.contains(term.id));
    }
  }
  ElementIndex positions = at;
  if (by_register || with_lanes > 1) {  // every lane its own subscripts
    for (AxisIndex& position_of_axis : positions) {
      if (position_of_axis.lane != 0) position_of_axis = in_register(position(position_of_axis), "at");
    }
    by_register = true;
  }
  std::vector<Affine> subscripts;
  for (const AxisIndex& index : positions) subscripts.push_back(index.base);
  Place result = nest_.place(kernel_.parameter(view), std::move(subscripts));
  if (by_register || with_lanes == 0) return result;
  for (size_t axis = 0; axis < at.size(); ++axis) {
    if (at[axis].lane == 0) continue;
    result.lane_axis = static_cast<int>(axis);
    result.lane_stride = at[axis].lane;
  }
  return result;
}

ScalarValue Values::load(const View& view, const ElementIndex& at) {
  Place from = place(view, at);
  bool wide_place = false;
  for (size_t axis = 0; axis < at.size(); ++axis) {
    wide_place = wide_place || at[axis].lane != 0;
    for (const Affine::Term& term : from.subscripts[axis].terms) {
      wide_place = wide_place || (term.of == Affine::Of::reg && vector_registers_.contains(term.id));
    }
  }
  bool guarded = when_ && !at.empty();
  if (guarded) from.when = when_->id;
  if (!wide_place && guarded && nest_.type(*when_).lanes > 1) {  // one address, asked for lane by lane
    from.lane_stride = 0;
    wide_place = true;
  }
  if (wide_place && active) from.active = *active;
  return nest_.load(std::move(from), wide_place ? lanes : 1);
}

void Values::store(const View& view, const ElementIndex& at, ScalarValue value) {
  Place to = place(flat && !view.shape.empty() ? view.flattened() : view, at);
  bool many = lanes > 1;
  if (many && active) to.active = *active;
  nest_.store(std::move(to), many ? wide(value) : value);
}

}  // namespace nnc
