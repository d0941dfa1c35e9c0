// One record per op, all its rules inside. From a record come the built-in's name, printing and parsing, the verifier,
// the derivative, the lowering, the interpreter, docs/ops.md and its tests. Adding an op is one entry in ir/ops/.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/graph/index.h"
#include "ir/scalar/scalars.h"

namespace nnc {

/// How an op relates elements of its result to elements of its operands: what generic code dispatches on.
enum class OpClass : uint8_t {
  leaf,         ///< no operands: constant, variable, input, iota, size
  elementwise,  ///< all operands have the result's shape; `scalar` says the element
  movement,     ///< each element is one operand's element or a fill; `move` says which
  reduction,    ///< `combine` over the axes of attribute `axes`
  contraction,  ///< sum of products in index notation
  indexed,      ///< gather, scatter_add: an operand's value is an index
  window,       ///< window reduce and argmax
  random,       ///< Philox, keyed by the path
  structured,   ///< scan and its projection: own bodies
  gradient,     ///< replaced by `differentiate`
};

/// What of the result's type an attribute repeats: the text form leaves it out and reads it from the type.
enum class TypePart : uint8_t { none, element, shape };

/// One attribute of an op.
struct AttributeRule {
  std::string_view name;
  std::string_view wanted;  ///< what is refused in its place is told so: "an integer"
  bool may_be_missing = false;
  TypePart part = TypePart::none;
  bool (*fits)(const Attribute& attribute) = nullptr;
};

using Inferred = std::variant<Type, std::string>;  ///< a type, or what is wrong, naming shapes and axes

/// What a derivative rule sees: the op's operands and result in the graph under construction, and the cotangent of the
/// result (`dout`, same type). It returns one cotangent per operand, a null Value for an operand without a path.
struct Vjp {
  Graph& graph;
  std::span<const Value> in;
  Value out;
  Value dout;
  const Node& node;  ///< attributes and bodies of the op
};
using Gradients = std::vector<Value>;

/// One source of elements of a movement op. The first access whose guards all hold supplies the element; when none
/// does, the fill (operand number `fill`, or `fill_value`).
struct Access {
  int operand = 0;
  std::vector<IndexExpr> index;  ///< one per axis of the operand, over variables 0..rank(result)−1
  std::vector<IndexGuard> guards;
};
struct Movement {
  std::vector<Access> accesses;
  double fill_value = 0;
};

/// Where an op's generic tests take their samples, and how far results may lie from the interpreter's.
enum class Domain : uint8_t { any, positive, unit, nonzero, above_minus_one, boolean, small_integer, none };
struct OpCheck {
  Domain domain = Domain::any;
  double tolerance = 1e-6;  ///< relative, f32; f64 is held to 1e-12 times the same factor
  /// Sample calls for ops whose attributes or operand shapes can't be made up: lines of .nnir, each a whole node.
  std::vector<std::string_view> samples = {};
};

/// What finite operands say of an elementwise op's slope.
enum class Slope : uint8_t {
  free,     ///< nothing: exp's may be infinite
  bounded,  ///< it is finite, and so is the result: tanh, abs
  one,      ///< it is 1 or −1, whatever the operands: a + b; the result is finite but for huge ones
};

using ScalarOperands = std::span<const ScalarValue>;

struct Op {
  std::string_view name = "";
  std::string_view summary = "";
  int arity = 0;  ///< −1: any number
  OpClass op_class = OpClass::elementwise;
  std::span<const AttributeRule> attributes = {};  ///< of its view: `kAttributes<SliceAttributes>` (op_attributes.h)
  Inferred (*infer)(std::span<const Type> operands, const Node& node) = nullptr;
  ScalarValue (*scalar)(Scalars& scalars, ScalarOperands operands, const Node& node) = nullptr;
  Movement (*move)(std::span<const Type> operands, const Node& node) = nullptr;
  Scalar combine = Scalar::add;  ///< of a reduction: add, maximum or minimum
  double identity = 0;           ///< of a reduction: −0.0 for add, −inf, +inf
  bool yields_index = false;     ///< argmax and window argmax: the result is a position (i32), not a value
  Gradients (*vjp)(const Vjp& v) = nullptr;
  bool differentiable = true;        ///< false: a documented cut of the path (comparison, argmax, floor, …)
  bool probability = false;          ///< the result lies in [0, 1], which the language's types remember
  bool pole = false;                 ///< the slope can be infinite or NaN: a zero cotangent passes 0 (numerics.md)
  bool chooses = false;              ///< each element is one of the operands' elements, picked by their values
  Slope slope = Slope::free;         ///< of an elementwise op, away from poles
  std::string_view derivative = "";  ///< the formula in words and symbols, for docs/ops.md
  /// What the derivative does with the gradient that arrives, as a lecture says it; empty where none passes. x is the
  /// input, y the result.
  std::string_view in_words = "";
  /// As the language writes it, "a + b" or "abs(a)"; empty: name(a, b, …). An elementwise function of one operand, or
  /// of two under its own name, is a built-in of the language by this alone.
  std::string_view notation = "";
  OpCheck check = {};
};

/// Every op, in the order of docs/ops.md. The records live in ir/ops/*.cpp.
std::span<const Op> all_ops();
/// The record called `name`, or null.
const Op* find_op(std::string_view name);
/// The record called `name`, which must exist.
const Op& op(std::string_view name);

/// The language's sign or word for the op: "+" of add, "abs" of absolute, "exp" of exp.
std::string_view spelling(const Op& op);
/// The elementwise op of `arity` operands that the language spells so, or null.
const Op* find_spelled(std::string_view spelling, int arity);

/// The type of `op` applied to operands of these types, or what is wrong. `node` carries attributes and bodies.
/// Every tensor keeps the limits of type.h, whatever op makes it.
Inferred infer(const Op& op, std::span<const Type> operands, const Node& node);
/// Whether what `infer` refuses is one of these limits, and no mistake.
bool breaks_limit(const Op& op, std::span<const Type> operands, const Node& node);

}  // namespace nnc
