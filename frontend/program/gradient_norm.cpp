#include "frontend/program/gradient_norm.h"

#include <algorithm>
#include <numeric>

#include "ir/graph/builder.h"

namespace nnc {

namespace {

/// Beyond these a square, or a sum of many, is no f64; the powers of two bring such gradients well within.
constexpr double kLarge = 0x1p450, kDown = 0x1p-600, kSmall = 0x1p-400, kUp = 0x1p600;
/// What is scaled by less goes down in two steps, since such a factor may be no f32.
constexpr double kSmallFactor = 0x1p-100;

Value number(Value like, double value) { return constant(*like.graph, value, Element::f64); }

std::vector<int64_t> all_axes(const Type& type) {
  std::vector<int64_t> axes(type.shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

/// The power of two, a scalar of f64, that brings gradients of f64 to where their squares are numbers.
Value factor_of(const std::vector<Value>& gradients) {
  Value largest;
  for (Value gradient : gradients) {
    Value here = cast(reduce_max(unary("absolute", gradient), all_axes(gradient.type())), Element::f64);
    largest = largest ? binary("maximum", largest, here) : here;
  }
  Value up_or_none = select(binary("less", largest, number(largest, kSmall)), number(largest, kUp), number(largest, 1));
  return select(binary("greater", largest, number(largest, kLarge)), number(largest, kDown), up_or_none);
}

Value norm_of(const std::vector<Value>& gradients, Value factor) {
  Value sum;
  for (Value gradient : gradients) {
    Value wide = cast(gradient, Element::f64);
    if (factor) wide = wide * broadcast_scalar(factor, wide.type().shape);
    Value square = reduce_sum(wide * wide, all_axes(wide.type()));
    sum = sum ? sum + square : square;
  }
  return unary("sqrt", sum);
}

/// limit / norm as factors of f32, one after the other.
std::vector<Value> factors_in_single(const std::vector<Value>& gradients, Value limit) {
  Value norm = norm_of(gradients, {}), one = number(norm, 1);
  Value whole = select(binary("greater", norm, limit), limit / norm, one);
  Value first = select(binary("less", whole, number(norm, kSmallFactor)), number(norm, kSmallFactor), one);
  return {cast(first, Element::f32), cast(whole / first, Element::f32)};
}

/// As factors of f64, where some gradients are. The norm is that of gradients that are scaled, and what is divided by
/// it is at most 1.
std::vector<Value> factors_in_double(const std::vector<Value>& gradients, Value limit) {
  Value factor = factor_of(gradients), norm = norm_of(gradients, factor), one = number(norm, 1);
  Value above = binary("greater", norm, limit * factor);
  return {select(above, factor, one), select(above, one / norm, one), select(above, limit, one)};
}

}  // namespace

std::vector<Value> kept_to_norm(std::vector<Value> gradients, Value limit) {
  bool wide = std::any_of(gradients.begin(), gradients.end(),
                          [](Value gradient) { return gradient.type().element == Element::f64; });
  std::vector<Value> factors = wide ? factors_in_double(gradients, limit) : factors_in_single(gradients, limit);
  for (Value& gradient : gradients) {
    Type type = gradient.type();
    for (Value factor : factors) {
      gradient = cast(gradient, factor.type().element) * broadcast_scalar(factor, type.shape);
    }
    gradient = cast(gradient, type.element);
  }
  return gradients;
}

}  // namespace nnc
