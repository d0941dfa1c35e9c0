// Tensors with subscripts: what an index form computes with, as nodes of a graph. Sizes are numbers here, but for the
// rows of a batch; every subscript is known to stay within its axis.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// The loops of an index form by number, those of its result first.
struct IndexLoop {
  std::string name;  ///< a word of its own
  Dim extent;
  bool reduced = false;
};
using IndexLoops = std::vector<IndexLoop>;

/// `2*i + k + 1`: loops by number with their factors, which are not 0.
struct AffineSubscript {
  std::vector<std::pair<size_t, int64_t>> terms;
  int64_t constant = 0;

  int64_t factor(size_t loop) const;
};

/// `u[n, c, i + k]`: one subscript an axis.
struct IndexedValue {
  Value node;
  std::vector<AffineSubscript> subscripts;

  bool uses(size_t loop) const;
};

/// The elements that the subscripts name, with one axis for each loop that they use, in the order of the loops.
Value over_loops(IndexedValue x, const IndexLoops& loops);
/// The sum of products over the reduced loops: an axis for each loop of the result that one of them uses.
Value summed_product(IndexedValue a, IndexedValue b, const IndexLoops& loops);
/// "sum", "max" or "min" over the reduced loops, by windows where a subscript is affine in one of them; nothing where
/// that is not what the subscripts say.
std::optional<Value> window_of(std::string_view reducer, IndexedValue x, const IndexLoops& loops);

}  // namespace nnc
