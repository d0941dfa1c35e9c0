// How a value was made from the rows of a batch. A split is seen batch by batch: a mean over rows of each batch,
// weighted by its rows, adds up to the mean over the split. That holds for sums and multiples of such means. A quotient
// of two sums over rows is that of the split where both are added up over its batches, and for nothing else is there a
// way.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "frontend/types/types.h"
#include "ir/graph/graph.h"

namespace nnc {

/// One sum over rows by another; both null when only types are checked.
struct Quotient {
  Value above, below;
};

/// Of a value, also of one with an axis of rows: `y - mean(y)` owes something to all of them.
struct RowUse {
  bool mean = false;  ///< made from means over rows by adding, and scaling with what depends on no row
  std::string mixed;  ///< what made it something else, as a sentence begins: "'sum' over the rows of a batch"; or empty
  bool sum = false;   ///< made from sums over rows by adding and scaling: those of all batches add up to the split's
  /// Of a single number: it is the sum of these and of `rest`, a mean over rows or nothing.
  std::vector<Quotient> quotients = {};
  Value rest = {};

  bool any() const { return mean || !mixed.empty(); }
};

bool has_rows(const Axes& axes);  ///< one of them depends on B

/// a + b, a - b, and anything else that is linear in both.
RowUse added(const RowUse& a, const RowUse& b);
/// a * b, a @ b along an axis that does not depend on B.
RowUse multiplied(std::string_view sign, const RowUse& a, const Axes& a_axes, const RowUse& b, const Axes& b_axes);
/// What is linear in none of its operands.
RowUse bent(std::string_view name, const RowUse& a, const RowUse& b = {});
/// A reduction called `name` of `x` along axes that depend on B, and one that is their mean.
RowUse reduced(std::string_view name, const RowUse& x);
RowUse averaged(const RowUse& x);

}  // namespace nnc
