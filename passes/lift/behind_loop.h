// What of a scan's body is computed behind its loop.
#pragma once

#include <set>

#include "passes/lift/scan_parts.h"

namespace nnc {

/// All parts of the scan as one tuple, those that `used` names computed by a loop and by what stands behind it.
Value parts_behind_loop(const ScanParts& scan, const std::set<size_t>& used);

}  // namespace nnc
