// One node of the tensor interpreter: its op's class says how elements are made, its record what they are.
#pragma once

#include <span>
#include <vector>

#include "ir/dual_scalars.h"
#include "ir/graph.h"

namespace nnc {

/// A value under interpretation; every axis is a number.
struct DualTensor {
  Element element = Element::f32;
  Shape shape;
  std::vector<Dual> values;       ///< row-major
  std::vector<DualTensor> parts;  ///< of a tuple
};

int64_t count(const Shape& shape);
DualTensor zeros(Element element, Shape shape);

/// Fills `result`, which has the node's element and shape. Not for leaves with a path, nor for structured ops.
void interpret_node(const Graph& graph, const Node& node, std::span<const DualTensor* const> operands, int64_t rows,
                    DualTensor& result);

}  // namespace nnc
