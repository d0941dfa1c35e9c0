// What a node says of axes, once every value has one axis more, before all others: the rows of a batch, or the steps
// of a scan.
#pragma once

#include <string>

#include "ir/graph/graph.h"

namespace nnc {

Shape with_leading(const Dim& leading, Shape shape);

/// The attributes of an elementwise op, a movement, a reduction or a window, where its operands and its result have
/// the leading axis.
Attributes with_leading_axis(const Node& node, const Dim& leading);

/// "b i, i o -> b o" with a loop over the leading axis in front of those that have it. The loop is called `loop`, or
/// where the index has that word, by one that it does not have.
std::string with_leading_loop(const std::string& index, std::string loop, bool first, bool second, bool result);

/// A value without the leading axis, repeated along it.
Value repeated_along(const Dim& leading, Value value);

}  // namespace nnc
