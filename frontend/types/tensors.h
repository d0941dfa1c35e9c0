// Typed operations on tensors: each infers the language's type, refuses what the language refuses, and, when a graph is
// being built, adds the nodes. Without a graph they only check, with axes that may be symbols.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/types/builtin.h"
#include "frontend/types/row_use.h"
#include "frontend/types/types.h"
#include "ir/graph/graph.h"
#include "support/code.h"

namespace nnc {

/// What an operation refuses, thrown to whoever knows the place: a code, the message without position, a likely fix.
struct Refusal {
  Code code;
  std::string message, help;
  bool limit = false;
};

struct TypedTensor {
  TensorType type;
  Value node;  ///< null when only types are checked
  RowUse rows = {};

  /// The same value with what it owes to the rows of the batch.
  TypedTensor with(RowUse use) &&;
};

/// A number that has not met a type: literal, setting, option, size, step and arithmetic among them, in double.
struct Number {
  std::optional<double> known;       ///< its value at compile time
  std::optional<Size> size;          ///< when it is whole: its size, which may hold symbols
  Value node;                        ///< f64[]: what the compiled step reads, when it depends on a setting or the step
  bool runtime = false;              ///< depends on a setting or the step (node is null when only types are checked)
  std::vector<std::string> options;  ///< f32 options it depends on
  bool rows = false;                 ///< depends on B
  bool either = false;               ///< differs between the branches of an `if`: each call knows it

  static Number of(double value);
  static Number whole(const Size& size);
  static Number unknown();  ///< a setting of a definition that is checked alone
};

/// How many elements are put at the ends of an axis (fewer than none: taken away) and between neighbours.
struct Padding {
  Size low, high, between;
};

/// Builds typed operations into `graph` (null: types only).
struct TensorBuilder {
  Graph* graph = nullptr;
  Element precision = Element::f32;
  bool repeats = false;  ///< in an index form, whose indices say where an axis that occurs twice stands

  /// The scalar node of a number in element type `element`.
  Value scalar(const Number& number, Element element) const;
  /// A number as a tensor of base `base`, without axes. Whole when an integer type asks for it.
  TypedTensor meet(const Number& number, Base base) const;
  /// Numbers as a tensor of these axes, in row-major order.
  TypedTensor meet(const std::vector<Number>& numbers, const Axes& axes, Base base) const;
  TypedTensor cast(const TypedTensor& x, Base base) const;
  /// `x` repeated to `axes` (aligned on the right); the type of `x` must broadcast to them.
  Value spread(const TypedTensor& x, const Axes& axes) const;

  /// An elementwise op of numbers, by the name of its record: "add", "exp", "maximum".
  Number arithmetic(std::string_view op, const Number& a, const Number& b) const;
  Number function(std::string_view op, const Number& x) const;

  /// "add", "power", "maximum", …; operands broadcast.
  TypedTensor arithmetic(std::string_view op, const TypedTensor& a, const TypedTensor& b) const;
  /// "equal", "less", …; bool.
  TypedTensor compare(std::string_view op, const TypedTensor& a, const TypedTensor& b) const;
  TypedTensor logic(std::string_view op, const TypedTensor& a, const TypedTensor& b) const;
  TypedTensor negate(const TypedTensor& x) const;
  TypedTensor invert(const TypedTensor& x) const;
  /// A function of one operand by the name of its record: "exp", "absolute".
  TypedTensor function(std::string_view op, const TypedTensor& x) const;
  TypedTensor where(const TypedTensor& condition, const TypedTensor& a, const TypedTensor& b) const;
  TypedTensor matmul(const TypedTensor& a, const TypedTensor& b) const;

  /// The reduction called `name` over `axes` (positions); `keep` leaves them as 1.
  TypedTensor reduce(std::string_view name, const Reduction& how, const TypedTensor& x, const std::vector<size_t>& axes,
                     bool keep) const;
  TypedTensor argmax(const TypedTensor& x, size_t axis) const;
  TypedTensor gather(const TypedTensor& table, const TypedTensor& index) const;
  TypedTensor pick(const TypedTensor& x, const TypedTensor& index) const;
  TypedTensor one_hot(const TypedTensor& index) const;
  TypedTensor reshape(const TypedTensor& x, const Axes& axes) const;
  TypedTensor permute(const TypedTensor& x, const std::vector<size_t>& order) const;
  TypedTensor concat(const std::vector<TypedTensor>& parts, size_t axis) const;
  TypedTensor slice(const TypedTensor& x, size_t axis, const Size& begin, const Size& end) const;
  TypedTensor take(const TypedTensor& x, size_t axis, const Size& position) const;  ///< one element; the axis vanishes
  TypedTensor pad(const TypedTensor& x, const std::vector<Padding>& axes, double value) const;
  TypedTensor stop_gradient(const TypedTensor& x) const;

  /// What every new shape of the language goes through: a Refusal where a tensor of this type is beyond nnc's limits,
  /// or, in a graph, has two axes that are known only at run time.
  void require_limits(const TensorType& type) const;
};

/// Throws a Refusal where a tensor of these axes is beyond nnc's limits of axes and elements (see broken_limit). Of
/// sizes that are not known yet, each call knows.
void require_limits(const Axes& axes);
/// The axes of both operands brought together; throws a Refusal naming the axes that clash, or, unless it `repeats`,
/// the symbol that would stand twice.
Axes broadcast_axes(const Axes& a, const Axes& b, bool repeats = false);
/// As shape_of, but a size that is not known is a Refusal.
Shape known_shape(const Axes& axes);
/// The base that arithmetic on these gives.
Base arithmetic_base(const TensorType& a, const TensorType& b, std::string_view op);

}  // namespace nnc
