// Where a reduction's greatest or least element stands: what the derivatives of extrema are made of.
#pragma once

#include <vector>

#include "ir/graph/graph.h"

namespace nnc {

/// bool of a's shape: true at exactly one element of each reduced group, the first greatest (least) in row-major order,
/// or the first NaN. `axes` rise. All false where the group is empty.
Value first_extremum(Value a, const std::vector<int64_t>& axes, bool greatest);

}  // namespace nnc
