// Folding: an elementwise op of constants becomes a constant, computed in the op's own type as a kernel would.

#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "ir/graph/convert.h"
#include "ir/graph/op_attributes.h"
#include "ir/graph/queries.h"
#include "ir/scalar/scalar_semantics.h"
#include "passes/simplify/rule.h"

namespace nnc {

namespace {

/// Kernels take denormals for zeros.
template <class T>
T flushed(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::fabs(value) < std::numeric_limits<T>::min()) return std::copysign(T(0), value);
  }
  return value;
}

template <Scalar F, class T>
std::optional<double> computed(double a, double b) {
  if constexpr (F < Scalar::select && semantics::defined<F, T>()) {
    auto result = semantics::evaluate<F, T>(flushed(static_cast<T>(a)), flushed(static_cast<T>(b)), T(0));
    return static_cast<double>(flushed(result));
  } else {
    return std::nullopt;
  }
}

template <class T, size_t... F>
std::optional<double> computed(Scalar function, double a, double b, std::index_sequence<F...>) {
  std::optional<double> result;
  (void)((static_cast<size_t>(function) == F && (result = computed<static_cast<Scalar>(F), T>(a, b), true)) || ...);
  return result;
}

std::optional<double> computed(Scalar function, Element element, double a, double b) {
  constexpr std::make_index_sequence<static_cast<size_t>(Scalar::select)> foldable;
  switch (element) {
    case Element::f32: return computed<float>(function, a, b, foldable);
    case Element::f64: return computed<double>(function, a, b, foldable);
    case Element::i32: return computed<int32_t>(function, a, b, foldable);
    case Element::boolean: return computed<bool>(function, a, b, foldable);
    case Element::bf16:
    case Element::u8: return std::nullopt;  // only ever cast
  }
  return std::nullopt;
}

/// Computes what is correctly rounded; after anything else `known` is false.
class ConstantScalars : public Scalars {
 public:
  bool known = true;

  double value(ScalarValue handle) const { return values_[handle.id].first; }

  ScalarValue constant(double value, Element element) override {
    values_.emplace_back(convert(value, element), element);
    return {this, static_cast<uint32_t>(values_.size() - 1)};
  }
  ScalarValue apply(Scalar function, std::span<const ScalarValue> operands) override {
    if (function == Scalar::select) return value(operands[0]) != 0 ? operands[1] : operands[2];
    auto [first, element] = values_[operands[0].id];
    double second = operands.size() > 1 ? value(operands[1]) : 0;
    std::optional<double> result = computed(function, element, first, second);
    known = known && result;
    return constant(result.value_or(0), info(function).is_boolean ? Element::boolean : element);
  }
  ScalarValue cast(ScalarValue from, Element element) override { return constant(value(from), element); }
  Element element(ScalarValue of) const override { return values_[of.id].second; }

 private:
  std::vector<std::pair<double, Element>> values_;
};

Value fold(const Site& site) {
  if (site.node.operands.empty() || site.node.op->scalar == nullptr) return {};
  ConstantScalars scalars;
  std::vector<ScalarValue> operands;
  for (size_t i = 0; i < site.node.operands.size(); ++i) {
    const double* number = number_everywhere(site.in(i));
    if (number == nullptr) return {};
    operands.push_back(scalars.constant(*number, site.in(i).type().element));
  }
  ScalarValue result = site.node.op->scalar(scalars, operands, site.node);
  return scalars.known ? full(site.graph, scalars.value(result), site.type()) : Value{};
}

Value known_size(const Site& site) {
  return size_of(site.graph, view<SizeAttributes>(site.node).dim, site.type().element);
}

Value only_position(const Site& site) {
  auto axis = static_cast<size_t>(view<IotaAttributes>(site.node).axis);
  return site.type().shape[axis] == Dim(1) ? full(site.graph, 0, site.type()) : Value{};
}

constexpr std::array kRules{
    Rule{"", "op of constants = constant, where the op is rounded correctly", fold},
    Rule{"size", "size of a known axis = its number", known_size},
    Rule{"iota", "iota along an axis of one element = 0", only_position},
};

}  // namespace

std::span<const Rule> constant_rules() { return kRules; }

}  // namespace nnc
