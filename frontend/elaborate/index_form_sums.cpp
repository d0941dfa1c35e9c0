// The reducers of an index form: a sum of products is a contraction, a sum or greatest of elements a window or a
// reduction. Factors without an index of the reducer are multiplied with afterwards.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontend/elaborate/index_form.h"
#include "ir/graph/builder.h"
#include "ir/graph/op.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

namespace {

const Expr& factor_of(const Expr& product, size_t i) {
  return product.kind == ExprKind::chain ? *product.operands[i] : product;
}

bool divides(const Expr& product, size_t i) {
  return product.kind == ExprKind::chain && i > 0 && product.operators[i - 1].text == "/";
}

Range sign_of(const Expr& product, size_t i) {
  return product.kind == ExprKind::chain && i > 0 ? product.operators[i - 1].range : product.range;
}

bool is_product(const Expr& expr) {
  return expr.kind == ExprKind::chain &&
         (expr.operators[0].text == "*" || expr.operators[0].text == "/" || expr.operators[0].text == "@");
}

}  // namespace

std::vector<bool> IndexForm::used_by(const Space& space) const {
  std::vector<bool> used(loops_.size());
  for (size_t loop : space) used[loop] = true;
  return used;
}

/// `sum(k) a[i, k] * b[k, j] / n`: the factors with a k are summed, the others wait.
Item IndexForm::reduction(const Expr& expr) {
  const Expr& product = *expr.operands[0];
  const size_t count = is_product(product) ? product.operands.size() : 1;
  const bool linear = expr.text == "sum" || expr.text == "mean";
  std::vector<size_t> inside, waiting;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0 && product.operators[i - 1].text == "@") {
      refuse_here(product, "'@', a product of tensors,", "sum(k) a[i, k] * b[k, j]");
    }
    const Space within = mentioned(count > 1 ? factor_of(product, i) : product);
    const bool reduced = std::any_of(within.begin(), within.end(), [&](size_t loop) { return loops_[loop].reduced; });
    (reduced || !linear ? inside : waiting).push_back(i);
  }
  TypedTensor sum;
  const bool one = inside.size() == 1 && !divides(product, inside[0]);
  if (one) {
    sum = sum_of_one(expr, count > 1 ? factor_of(product, inside[0]) : product);
  } else {
    sum = sum_of_product(expr, product, inside);
  }
  Item value{sum, expr.range, ""};
  for (size_t i : waiting) {
    const Expr& factor = factor_of(product, i);
    value = at_.binary(divides(product, i) ? "divide" : "multiply", value, eval(factor, results()), sign_of(product, i),
                       expr.range, factor.range);
  }
  return value;
}

/// The type that a reduction of `x`, which has all axes of the space, gives where results stand.
TypedTensor IndexForm::type_of_sum(const Expr& reducer, const TypedTensor& x, const Space& space) const {
  const TensorBuilder types{nullptr, at_.build.precision, true};
  TypedTensor all{x.type, {}, x.rows};
  all.type.axes = axes_of(space, used_by(space));
  std::vector<size_t> vanish;
  size_t axis = 0;
  for (size_t loop : space) {
    for (size_t i = 0; i < loops_[loop].axes->size(); ++i, ++axis) {
      if (loops_[loop].reduced) vanish.push_back(axis);
    }
  }
  TypedTensor sum = types.reduce(reducer.text, *find_builtin(reducer.text)->reduction, all, vanish, false);
  sum.type.axes = axes_of(results(), used_by(space));
  return sum;
}

/// A value of the indices in `space` as an operand with an axis for each of them.
IndexForm::Operand IndexForm::dense(TypedTensor x, Space space, Range range) {
  Operand result{std::move(x), {}, std::move(space)};
  const Axes axes = axes_of(result.space, used_by(result.space));
  at_.require_limits(axes, range);
  if (at_.build.graph != nullptr) {
    result.value.node = at_.build.spread(result.typed, axes);
    for (size_t loop : result.space) {
      for (size_t number : numbers(loop)) result.value.subscripts.push_back({{{number, 1}}, 0});
    }
  }
  result.typed.type.axes = axes;
  result.typed.node = result.value.node;
  return result;
}

/// A factor as a contraction or window takes it: the tensor with its subscripts, or a value with an axis for each of
/// its indices.
IndexForm::Operand IndexForm::operand(const Expr& factor) {
  const Space space = mentioned(factor);
  for (const FormAccess& access : accesses_) {
    if (access.expr != &factor) continue;
    Operand result{access.x, {}, space};
    if (at_.build.graph != nullptr) result.value = indexed(access);
    return result;
  }
  return dense(tensor(factor, space), space, factor.range);
}

/// The product of these factors, over their own indices.
IndexForm::Operand IndexForm::product_of(const Expr& product, const std::vector<size_t>& factors) {
  if (factors.size() == 1 && !divides(product, factors[0])) return operand(factor_of(product, factors[0]));
  std::vector<bool> used(loops_.size());
  for (size_t i : factors) {
    for (size_t loop : mentioned(factor_of(product, i))) used[loop] = true;
  }
  Space space;
  for (size_t loop = 0; loop < loops_.size(); ++loop) {
    if (used[loop]) space.push_back(loop);
  }
  Item value{Number::of(1), product.range, ""};
  for (size_t i : factors) {
    const Expr& factor = factor_of(product, i);
    Item next = eval(factor, space);
    const bool first = i == factors[0] && !divides(product, i);
    value = first ? next
                  : at_.binary(divides(product, i) ? "divide" : "multiply", value, next, sign_of(product, i),
                               product.range, factor.range);
  }
  return dense(at_.tensor(value, product.range), std::move(space), product.range);
}

TypedTensor IndexForm::sum_of_product(const Expr& reducer, const Expr& product, const std::vector<size_t>& factors) {
  const bool linear = reducer.text == "sum" || reducer.text == "mean";
  if (!linear || divides(product, factors[0])) return sum_of_operand(reducer, product_of(product, factors));
  Operand a = operand(factor_of(product, factors[0]));
  Operand b = product_of(product, {factors.begin() + 1, factors.end()});
  const Base base = arithmetic_base(a.typed.type, b.typed.type, "*");
  if (!is_float(base)) return sum_of_operand(reducer, product_of(product, factors));
  std::vector<bool> used = used_by(a.space);
  for (size_t loop : b.space) used[loop] = true;
  Space space;
  for (size_t loop = 0; loop < loops_.size(); ++loop) {
    if (used[loop]) space.push_back(loop);
  }
  RowUse rows = multiplied("*", a.typed.rows, a.typed.type.axes, b.typed.rows, b.typed.type.axes);
  const TypedTensor sum = type_of_sum(reducer, {TensorType(base, {}), {}, std::move(rows)}, space);
  if (at_.build.graph == nullptr) return sum;
  const Base summed = base == Base::bf16 ? Base::f32 : base;  // as every sum of bf16
  a.value.node = at_.build.cast(a.typed, summed).node;
  b.value.node = at_.build.cast(b.typed, summed).node;
  Value node = summed_product(std::move(a.value), std::move(b.value), numbered());
  TypedTensor result = sum;
  result.node = with_ones(node, sum.type.axes);
  if (reducer.text == "mean") result.node = divided_by_count(result.node);
  return at_.build.cast(result, base);
}

TypedTensor IndexForm::sum_of_one(const Expr& reducer, const Expr& factor) {
  return sum_of_operand(reducer, operand(factor));
}

TypedTensor IndexForm::sum_of_operand(const Expr& reducer, Operand x) {
  TypedTensor sum = type_of_sum(reducer, x.typed, x.space);
  if (at_.build.graph == nullptr) return sum;
  x.value.node = at_.build.cast(x.typed, sum.type.base()).node;
  const bool mean = reducer.text == "mean";
  const std::string_view word = mean ? std::string_view("sum") : std::string_view(reducer.text);
  std::optional<Value> node = window_of(word, x.value, numbered());
  if (!node) {
    const IndexLoops loops = numbered();
    IndexedValue plain{over_loops(x.value, loops), {}};
    for (size_t loop = 0; loop < loops.size(); ++loop) {
      if (x.value.uses(loop)) plain.subscripts.push_back({{{loop, 1}}, 0});
    }
    node = window_of(word, std::move(plain), loops);
  }
  sum.node = with_ones(*node, sum.type.axes);
  if (mean) sum.node = divided_by_count(sum.node);
  return sum;
}

/// Of a mean: by how many elements are summed.
Value IndexForm::divided_by_count(Value sum) const {
  Size count(1);
  for (size_t loop = 0; loop < loops_.size(); ++loop) {
    if (loops_[loop].reduced) count = count * extent(loop);
  }
  const Value number = at_.build.scalar(Number::whole(count), sum.type().element);
  return sum / broadcast_scalar(number, sum.type().shape);
}

}  // namespace nnc
