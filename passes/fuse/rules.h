// Which node may join which group: the rules of fusion, each with the reason when it says no.
#pragma once

#include <string>

#include "passes/fuse/groups.h"

namespace nnc {

/// Empty when `node` may join the group; otherwise why not, in words for the dump.
std::string why_not_join(const Groups& groups, GroupId group, NodeId node);

/// Empty when the whole elementwise group `from` may move into `to`, which reads all that it makes.
std::string why_not_merge(const Groups& groups, GroupId from, GroupId to);

/// Whether two groups are small enough to be one kernel.
bool fits_one_kernel(const Groups& groups, GroupId a, GroupId b);

/// The kind of kernel that a node opens when it can join none.
KernelKind kind_of(const Graph& graph, NodeId node);
/// The index space of that kernel.
Shape space_of(const Graph& graph, NodeId node);
/// Whether a reduction takes away exactly the last of at least two axes.
bool reduces_last_axis(const Graph& graph, NodeId node);

}  // namespace nnc
