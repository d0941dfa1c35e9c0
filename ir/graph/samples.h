// Sample graphs of every op, made from its record: what the generic tests of each folder run.
#pragma once

#include <string>
#include <vector>

#include "ir/graph/op.h"

namespace nnc {

/// Whole graphs in text form, each with one call of the op on inputs `x0`, `x1`, … (or what the record's own text
/// names) and the result `value`. Scalar, odd, empty and batch shapes for elementwise ops; else the record's samples.
/// With Element::f64 every f32 is read as f64. Empty when the record has no way to say them.
std::vector<std::string> sample_graphs(const Op& op, Element element = Element::f32);

}  // namespace nnc
