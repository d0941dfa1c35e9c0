// Run-time sizes given their numbers.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// `type` and `node` (its type and its attributes' sizes) when B and N have these values. A node without operands'
/// types: resolve those too before its record's `move` is asked.
Type resolve(const Type& type, int64_t rows, int64_t samples);
Node resolve(const Node& node, int64_t rows, int64_t samples);

}  // namespace nnc
