// The tensor interpreter: a graph evaluated plainly in double with the C library, one node after the other. It is the
// oracle that everything compiled is held against, and shares nothing with code generation but the op records' meaning.
// With dual numbers it is forward mode.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace nnc {

/// A value: its type with every axis a number, and the elements row-major (bool as 0 and 1).
struct Tensor {
  Type type;
  std::vector<double> values;
};
using Tensors = std::map<std::string, Tensor>;

struct InterpretOptions {
  /// Round each float node to its element type; otherwise floats are carried in double. Integers are always exact.
  bool round = false;
};

/// Results by name (`loss`, the path of an update, …). `inputs`: variables and inputs by path. `rows` is B.
Tensors interpret(const Graph& graph, const Tensors& inputs, int64_t rows, const InterpretOptions& options = {});

/// Forward mode: results and their derivatives in the direction `tangents` (by path; missing ones are zero).
struct DualResult {
  Tensors values, tangents;
};
DualResult interpret_dual(const Graph& graph, const Tensors& inputs, const Tensors& tangents, int64_t rows);

/// The first node, in the order of evaluation, whose value has an element that is not finite; leaves count.
std::optional<NodeId> first_not_finite(const Graph& graph, const Tensors& inputs, int64_t rows);

}  // namespace nnc
