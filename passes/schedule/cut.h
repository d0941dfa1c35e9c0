// A fused partition as one kernel a call: groups with several loops in a row are cut, and what must be copied, packed
// or saved gets kernels of its own, as movement nodes that are stored.
#pragma once

#include "ir/graph/partition.h"
#include "passes/schedule/sizes.h"

namespace nnc {

/// The partition with every kernel but those of scans standing for one call. Values are those of the given graph; nodes
/// are added only for copies:
///   - a result that is a leaf, or a scan's part, is a copy of it, made first of all or right behind the scan;
///   - a variable that can't be written where its new value is made is written by a copy at the end, old values of
///     variables among them saved before;
///   - what a scan reads lies in memory.
Partition cut_into_calls(const Partition& fused, const StepSizes& sizes);

}  // namespace nnc
