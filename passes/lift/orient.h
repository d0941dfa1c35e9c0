// In which order the axes of what a loop multiplies by lie.
#pragma once

#include "passes/lift/scan_parts.h"

namespace nnc {

/// The scan, where a contraction reads an invariant so that neighbours of the result are neighbours there: what turns
/// the invariant depends on no step, so that it is not done in each.
ScanParts oriented(const ScanParts& scan);

}  // namespace nnc
