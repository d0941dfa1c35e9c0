// Building graphs with operators and named functions, so that derivative rules and lowerings read like formulas. Every
// function adds one node (or none when it can see the result); shapes must already agree unless said.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/graph/op.h"

namespace nnc {

// Leaves.
Value constant(Graph& graph, double value, Element element);       ///< a scalar
Value full(Graph& graph, double value, const Type& type);          ///< broadcast constant
Value variable(Graph& graph, std::string path, const Type& type);  ///< parameter or state
Value input(Graph& graph, InputRole role, std::string path, const Type& type);
/// An input whose path is made of its role and name: "column.d.x", "step".
Value named_input(Graph& graph, InputRole role, std::string_view name, const Type& type);
Value body_input(Graph& graph, std::string name, int64_t index, const Type& type);  ///< input of a scan's body
Value iota(Graph& graph, const Type& type, int axis);                               ///< position along an axis
Value size_of(Graph& graph, const Dim& dim, Element element);                       ///< an axis' size as a number
/// Uniform in [0, 1): 24 (f32) or 53 (f64) random bits. `seed`: i32[2], `step`: i32[].
Value random_uniform(Value seed, Value step, std::string path, const Type& type);

// Elementwise, equal shapes; a double is broadcast and takes the other's element type.
Value operator+(Value a, Value b);
Value operator-(Value a, Value b);
Value operator*(Value a, Value b);
Value operator/(Value a, Value b);
Value operator-(Value a);
Value operator+(Value a, double b);
Value operator+(double a, Value b);
Value operator-(Value a, double b);
Value operator-(double a, Value b);
Value operator*(Value a, double b);
Value operator*(double a, Value b);
Value operator/(Value a, double b);
Value operator/(double a, Value b);
Value unary(std::string_view op, Value a);            ///< "exp", "tanh", …
Value binary(std::string_view op, Value a, Value b);  ///< "maximum", "less", …
Value select(Value condition, Value if_true, Value if_false);
Value cast(Value a, Element element);
Value stop_gradient(Value a);
Value separate(Value a, int64_t number);  ///< a as a value of its own; numbers tell several apart

// Movement.
/// `axes[i]` is the result's axis that operand axis i becomes; the others are repeated.
Value broadcast(Value a, const Shape& shape, std::span<const int64_t> axes);
Value broadcast_scalar(Value a, const Shape& shape);
Value reshape(Value a, const Shape& shape);
Value permute(Value a, std::span<const int64_t> order);  ///< result axis i is operand axis order[i]
/// The order that undoes this one.
std::vector<int64_t> inverse_order(std::span<const int64_t> order);
Value slice(Value a, int axis, int64_t begin, int64_t end, int64_t step = 1);
Value concat(std::span<const Value> parts, int axis);
Value reverse(Value a, int axis);
/// One axis: `low` and `high` elements added (negative: removed) at the ends, `interior` between neighbours, or with
/// `edge` the nearest element repeated instead of `value`.
Value pad(Value a, int axis, int64_t low, int64_t high, int64_t interior = 0, double value = 0, bool edge = false);

// Reductions: the axes vanish.
Value reduce_sum(Value a, std::span<const int64_t> axes);
Value reduce_max(Value a, std::span<const int64_t> axes);
Value reduce_min(Value a, std::span<const int64_t> axes);
Value reduce_argmax(Value a, int axis);  ///< i32, first index on ties, first NaN wins

/// Sum of products in index notation: "b i, i o -> b o". Loops are single words; an index may be affine in two loops,
/// "b c 2*y+k x". Extents of loops come from the axes where they stand alone, else from `extents` ("k=3 l=3").
Value contract(Value a, Value b, std::string index, std::string extents = "");

Value gather(Value table, Value index);                        ///< rows: table[K, ..], index [..S] -> [..S, ..]
Value scatter_add(Value index, Value rows, const Dim& count);  ///< [count, ..]: rows added in rising index order
Value gradient(Value of, Value with_respect_to);               ///< placeholder that `differentiate` replaces

/// Scan over `length` steps. Operands: states…, sequences (leading axis = length)…, invariants…; the body's inputs are
/// these in order (sequences without the leading axis); its results are the next states, then outputs. The result is
/// the tuple (last states…, outputs stacked along a leading axis…).
Value scan(Graph& graph, std::span<const Value> states, std::span<const Value> sequences,
           std::span<const Value> invariants, std::shared_ptr<const Graph> body, int64_t length, bool reverse = false);
Value project(Value tuple, int64_t part);
Value tuple(Graph& graph, std::span<const Value> parts);  ///< only between derivative rules: project takes it apart

}  // namespace nnc
