// Typed operations on tensors: each infers the language's type, refuses what the language refuses, and, when a graph is
// being built, adds the nodes. Without a graph they only check, with axes that may be symbols.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/types.h"
#include "ir/graph.h"

namespace nnc {

/// What an operation refuses, thrown to whoever knows the place: a code, the message without position, a likely fix.
struct Refusal {
  std::string code, message, help;
  bool limit = false;
};

struct Tensor {
  TensorType type;
  Value node;  ///< null when only types are checked
};

/// A number that has not met a type: literal, setting, option, size, step and arithmetic among them, in double.
struct Number {
  std::optional<double> known;       ///< its value at compile time
  std::optional<Size> size;          ///< when it is whole: its size, which may hold symbols
  Value node;                        ///< f64[]: what the compiled step reads, when it depends on a setting or the step
  bool runtime = false;              ///< depends on a setting or the step (node is null when only types are checked)
  std::vector<std::string> options;  ///< f32 options it depends on

  static Number of(double value);
  static Number whole(const Size& size);
  static Number unknown();  ///< a setting of a definition that is checked alone
};

/// Builds typed operations into `graph` (null: types only).
struct TensorBuilder {
  Graph* graph = nullptr;
  Element precision = Element::f32;

  /// The scalar node of a number in element type `element`.
  Value scalar(const Number& number, Element element) const;
  /// A number as a tensor of base `base`, without axes. Whole when an integer type asks for it.
  Tensor meet(const Number& number, Base base) const;
  Tensor cast(const Tensor& x, Base base) const;
  /// `x` repeated to `axes` (aligned on the right); the type of `x` must broadcast to them.
  Value spread(const Tensor& x, const Axes& axes) const;

  Number arithmetic(char op, const Number& a, const Number& b) const;  ///< + - * / ^
  Number function(std::string_view op, const Number& x) const;
  Number extremum(std::string_view op, const Number& a, const Number& b) const;

  /// + - * / ^, "maximum", "minimum"; operands broadcast.
  Tensor arithmetic(std::string_view op, const Tensor& a, const Tensor& b) const;
  /// "equal", "less", …; bool.
  Tensor compare(std::string_view op, const Tensor& a, const Tensor& b) const;
  Tensor logic(std::string_view op, const Tensor& a, const Tensor& b) const;
  Tensor negate(const Tensor& x) const;
  Tensor invert(const Tensor& x) const;
  /// exp, log, … of a float; `result` says the base of the result (prob for sigmoid).
  Tensor function(std::string_view op, const Tensor& x, Base result = Base::f32) const;
  Tensor where(const Tensor& condition, const Tensor& a, const Tensor& b) const;
  Tensor matmul(const Tensor& a, const Tensor& b) const;

  /// "sum", "mean", "max", "min" over `axes` (positions); `keep` leaves them as 1.
  Tensor reduce(std::string_view op, const Tensor& x, const std::vector<size_t>& axes, bool keep) const;
  Tensor argmax(const Tensor& x, size_t axis) const;
  Tensor gather(const Tensor& table, const Tensor& index) const;
  Tensor pick(const Tensor& x, const Tensor& index) const;
  Tensor one_hot(const Tensor& index) const;
  Tensor reshape(const Tensor& x, const Axes& axes) const;
  Tensor permute(const Tensor& x, const std::vector<size_t>& order) const;
  Tensor concat(const std::vector<Tensor>& parts, size_t axis) const;
  Tensor slice(const Tensor& x, size_t axis, const Size& begin, const Size& end) const;
  Tensor take(const Tensor& x, size_t axis, const Size& position) const;  ///< one element; the axis vanishes
  Tensor stop_gradient(const Tensor& x) const;
};

/// The axes of both operands brought together; throws a Refusal naming the axes that clash.
Axes broadcast_axes(const Axes& a, const Axes& b);
/// The base that arithmetic on these gives.
Base arithmetic_base(const TensorType& a, const TensorType& b, std::string_view op);

}  // namespace nnc
