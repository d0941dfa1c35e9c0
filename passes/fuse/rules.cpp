#include "passes/fuse/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "ir/graph/op.h"
#include "ir/graph/op_attributes.h"

namespace nnc {

namespace {

// Note [How large a kernel may be]
// LLVM's time grows faster than the code in a block. A node is a few instructions a vector, a polynomial about thirty,
// a random number about ninety; the bound keeps a kernel near 1 000 instructions a block.
constexpr int64_t kLargestKernel = 500;

int64_t weight(const Graph& graph, NodeId node) { return graph.node(node).op->op_class == OpClass::random ? 90 : 8; }

int64_t weight(const Groups& groups, GroupId group) {
  int64_t sum = 0;
  for (NodeId node : groups[group].members) sum += weight(groups.graph(), node);
  return sum;
}

Shape row_space(const Group& group) { return {group.space.begin(), group.space.end() - 1}; }

/// What a reduction goes over: its operand's index space.
const Shape& terms_space(const Graph& graph, const Group& group) {
  return graph.type(graph.node(group.root).operands[0]).shape;
}

bool is_map(const Graph& graph, NodeId node) {
  OpClass op_class = graph.node(node).op->op_class;
  return op_class == OpClass::elementwise || op_class == OpClass::random;
}

/// Reads of members of the group that are neither at the node's own index nor, in rows, along its row.
std::string reads_elsewhere(const Groups& groups, GroupId group, NodeId node) {
  bool rows = groups[group].kind == KernelKind::rows;
  for (const Read& read : groups.reads(node)) {
    if (groups.of(read.node) != group || read.direct) continue;
    if (rows && read.along_row && groups.graph().type(read.node).shape == row_space(groups[group])) continue;
    return "reads other elements than it is making";
  }
  return "";
}

std::string shapes_differ(const Groups& groups, GroupId group, NodeId node) {
  return fmt::format("has the shape {}, not {}", to_string(groups.graph().type(node).shape),
                     to_string(groups[group].space));
}

std::string why_not_map(const Groups& groups, GroupId group, NodeId node) {
  const Group& into = groups[group];
  const Shape& shape = groups.graph().type(node).shape;
  if (std::string elsewhere = reads_elsewhere(groups, group, node); !elsewhere.empty()) return elsewhere;
  switch (into.kind) {
    case KernelKind::elementwise: return shape == into.space ? "" : shapes_differ(groups, group, node);
    case KernelKind::rows:
      return shape == into.space || shape == row_space(into) ? "" : shapes_differ(groups, group, node);
    case KernelKind::contraction:
    case KernelKind::reduction:
    case KernelKind::indexed: return shape == into.space ? "" : shapes_differ(groups, group, node);
    default: return "stands alone";
  }
}

/// A reduction of a row's elements turns an elementwise group into rows, or goes on in one.
std::string why_not_reduce(const Groups& groups, GroupId group, NodeId node) {
  const Graph& graph = groups.graph();
  const Group& into = groups[group];
  const Shape& shape = graph.type(graph.node(node).operands[0]).shape;
  if (!reduces_last_axis(graph, node)) return "sums over more than a row";
  if (into.kind != KernelKind::elementwise && into.kind != KernelKind::rows)
    return "needs a whole row, which comes in tiles";
  if (shape != into.space) return "sums over other rows";
  for (const Read& read : groups.reads(node)) {
    if (groups.of(read.node) == group && !read.direct) return "reads other elements than it is making";
  }
  if (into.kind == KernelKind::rows) return "";
  // Members of an elementwise group that move data have an index space of their own order.
  bool maps = std::all_of(into.members.begin(), into.members.end(), [&](NodeId m) { return is_map(graph, m); });
  return maps ? "" : "reads rows that are still being gathered";
}

}  // namespace

bool reduces_last_axis(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (node.op->op_class != OpClass::reduction) return false;
  const Ints axes = view<ReduceAttributes>(node).axes;
  int rank = graph.type(node.operands[0]).rank();
  return rank >= 2 && axes.size() == 1 && axes[0] == rank - 1;
}

KernelKind kind_of(const Graph& graph, NodeId node) {
  switch (graph.node(node).op->op_class) {
    case OpClass::contraction: return KernelKind::contraction;
    case OpClass::reduction: return reduces_last_axis(graph, node) ? KernelKind::rows : KernelKind::reduction;
    case OpClass::window: return KernelKind::indexed;
    case OpClass::structured: return KernelKind::scan;
    case OpClass::indexed: return graph.node(node).op == &op("gather") ? KernelKind::elementwise : KernelKind::indexed;
    default: return KernelKind::elementwise;
  }
}

Shape space_of(const Graph& graph, NodeId node) {
  bool rows = kind_of(graph, node) == KernelKind::rows;
  return rows ? graph.type(graph.node(node).operands[0]).shape : graph.type(node).shape;
}

std::string why_not_join(const Groups& groups, GroupId group, NodeId node) {
  const Graph& graph = groups.graph();
  std::string reason;
  if (is_map(graph, node)) {
    reason = why_not_map(groups, group, node);
  } else if (graph.node(node).op->op_class == OpClass::reduction) {
    reason = why_not_reduce(groups, group, node);
  } else {
    reason = "starts a kernel of its own";
  }
  if (!reason.empty()) return reason;
  if (!groups.can_hold(group, node)) return "waits for a kernel that waits for this one";
  if (weight(groups, group) + weight(graph, node) > kLargestKernel) return "would make the kernel too large";
  return "";
}

std::string why_not_merge(const Groups& groups, GroupId from, GroupId to) {
  const Group &small = groups[from], &large = groups[to];
  const Graph& graph = groups.graph();
  bool same_rows = small.kind == KernelKind::rows && large.kind == KernelKind::rows && small.space == large.space;
  bool maps =
      small.kind == KernelKind::elementwise && large.kind != KernelKind::scan && large.kind != KernelKind::updates;
  if (!maps && !same_rows) return "is no chain of maps";
  bool per_row = large.kind == KernelKind::rows && small.space == row_space(large);
  bool terms = large.kind == KernelKind::reduction && small.space == terms_space(graph, large);
  if (small.space != large.space && !per_row && !terms) return "has another index space";
  bool pure =
      same_rows || std::all_of(small.members.begin(), small.members.end(), [&](NodeId m) { return is_map(graph, m); });
  bool gathers = large.kind == KernelKind::rows && per_row;  // a gathered number a row: a label
  if (!pure && !gathers) return "moves data";
  for (NodeId member : small.members) {
    // A new value of a variable is written as well by the kernel that goes on with it, an output is not: whoever yields
    // the loss must come before every update.
    if (groups.is_yielded(member)) return "is a result";
    if (groups.is_result(member) && large.kind != KernelKind::elementwise) return "is a result";
    for (NodeId reader : groups.readers(member)) {
      GroupId where = groups.of(reader);
      if (where != from && where != to) return "is read elsewhere too";
      if (where != to) continue;
      for (const Read& read : groups.reads(reader)) {
        bool along_row = read.along_row && (per_row || (same_rows && graph.type(member).shape == row_space(large)));
        if (read.node == member && !read.direct && !along_row) return "is read at other elements";
        bool whole = large.kind == KernelKind::rows || large.kind == KernelKind::elementwise || terms;
        if (read.node == member && reader == large.root && !whole) return "is an operand";
        if (read.node == member && reader != large.root && terms) return "is read after the sum";
      }
    }
  }
  return fits_one_kernel(groups, from, to) ? "" : "would make the kernel too large";
}

bool fits_one_kernel(const Groups& groups, GroupId a, GroupId b) {
  return weight(groups, a) + weight(groups, b) <= kLargestKernel;
}

}  // namespace nnc
