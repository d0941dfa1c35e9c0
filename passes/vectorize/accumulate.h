// Reductions as statements: the loops over the reduced axes, in the order of forms.h.
#pragma once

#include <functional>

#include "passes/vectorize/values.h"

namespace nnc {

/// What is combined: the term at a position of every reduced axis, and how.
struct SummedTerms {
  Scalar combine = Scalar::add;
  double identity = 0;
  Element element = Element::f32;
  Shape axes;  ///< reduced, outermost first
  /// The term where axis i stands at `at[i]`; with values.lanes set, lanes run along the last axis.
  std::function<ScalarValue(const ElementIndex& at)> term;
};

/// All terms in lanes along the last axis, then the tree over the lanes: a scalar in a register. A long sum of floats
/// in chunks.
ScalarValue accumulate_lanes(Values& values, const SummedTerms& terms);
/// One chain in row-major order, in as many lanes as values.lanes says: a value in a register. A long sum of floats in
/// chunks.
ScalarValue accumulate_chain(Values& values, const SummedTerms& terms);

}  // namespace nnc
