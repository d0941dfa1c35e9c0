// The tensor interpreter: a graph evaluated node by node in double with the C library. It is the oracle that shares
// nothing with code generation but the records' meaning, and (dual numbers) forward-mode differentiation.
#pragma once

#include <functional>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/interpret/interpret_ops.h"
#include "ir/scalar/tensor.h"

namespace nnc {

struct InterpretOptions {
  /// Each node's float values are rounded to its element type. Otherwise f32 is computed in double and never rounded,
  /// except where constants are made, and every float result is f64. Integers and bools are always exact.
  bool round = false;
};

/// The results by name (an update's is the variable's path). `inputs` holds every reachable variable and input by path,
/// with the declared number of elements for B = `rows`, in any element type; N is read off the inputs. A missing or
/// misshapen input, or a tensor of more than 2^30 elements, is a Failure (exit 1) that names it; a `gradient` node is
/// Unsupported.
Tensors interpret(const Graph& graph, const Tensors& inputs, int64_t rows, const InterpretOptions& options = {});

/// Also the derivative of every result in the direction `tangents` (by path; what is missing has none), in f64. Kinks
/// and ties take the documented derivatives.
struct DualTensors {
  Tensors values, tangents;
};
using DualResult = DualTensors;
DualTensors interpret_dual(const Graph& graph, const Tensors& inputs, const Tensors& tangents, int64_t rows,
                           const InterpretOptions& options = {});

/// tensor + step · direction in f64, whatever the tensor's element type: where a difference is taken.
Tensor moved(const Tensor& tensor, std::span<const double> direction, double step);

/// Told each node, as it is with the sizes of the run, its value and its operands'; false ends the walk.
using Watcher = std::function<bool(NodeId, const Node& resolved, const Cell& value, const Cells& operands)>;
/// Evaluates every node that the results reach, in the printed order, as kernels do: each is rounded to its element,
/// and denormals are zeros. Bodies are part of their node.
void watch(const Graph& graph, const Tensors& inputs, int64_t rows, const Watcher& watcher);

}  // namespace nnc
