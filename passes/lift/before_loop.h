// What of a scan's body is computed before its loop.
#pragma once

#include <set>

#include "passes/lift/scan_parts.h"

namespace nnc {

/// Nodes that become sequences and invariants, with their values. `used`: the parts of the scan that are read.
NewInputs before_loop(const ScanParts& scan, const std::set<size_t>& used);

}  // namespace nnc
