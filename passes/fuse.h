// fuse: cuts the graph into kernels.
//
// What every kernel may rely on, and `schedule` does:
//   - Leaves (constant, variable, input, iota, size) are in no kernel; whoever needs them reads or recomputes them.
//   - Free nodes (broadcast, reshape by axes of one element, and other movement ops whose result is read once or that
//     move a leaf or a scalar) lie in every kernel that uses them: they cost subscripts, no memory. All other nodes lie
//     in exactly one kernel.
//   - `outputs` are the nodes whose values another kernel reads or that are results (`value`, `total`): they are
//     stored. `updates` are the results (by number) of kind update whose nodes lie here: stored into the variable in
//     place.
//   - In place: a kernel that updates a variable reads its old value only at the element that it then writes, and every
//     other kernel that reads the variable runs earlier. All of a kernel's values are computed before any of its stores
//     of the same element. Where that can't be, the new value is stored as an output and a later kernel of kind
//     `updates`, without nodes, copies it: its `updates` name results whose nodes live elsewhere (or are leaves).
//     Nothing after fuse decides this anew.
//   - The kernel that stores `loss` runs before every kernel with updates; vectorize puts the FiniteCheck right behind.
//
// Kinds (of the nodes that are not free):
//   contraction  exactly one contract, whose operands are leaves or outputs of other kernels, seen through free nodes
//                and through elementwise nodes of leaves if cheap; epilogue: elementwise nodes of the result's shape.
//   elementwise  elementwise, random and movement nodes (also gather of rows from a stored table); every output has one
//                shape, the kernel's index space, or is reached from it through movement of single-use nodes.
//   rows         a row space R = shape[0 .. r) and one trailing axis K. Nodes have shape R+[K], elementwise; or R,
//                elementwise; or are reductions over exactly the last axis of an R+[K] node; broadcasts R → R+[K] are
//                free.
//   reduction    exactly one reduction, over any axes; prologue: elementwise nodes of its operand's shape, used only
//                here; epilogue: elementwise nodes of its result's shape.
//   updates      small maps (64 elements) whose values are only updates: a loop for each index space, one after the
//                other.
//   indexed      exactly one scatter_add, argmax or window op, with operands stored; epilogue as in a reduction.
//   scan         exactly one scan and its projections; `bodies[0]` is the body's partition.
#pragma once

#include "ir/graph/partition.h"
#include "passes/pass.h"

namespace nnc {

Partition fuse(const Graph& graph, const PassOptions& options);

StageValue run_fuse(const StageValue& program, const PassOptions& options);
inline constexpr Pass kFuse{
    "fuse", "cut the graph into kernels, merging elementwise chains, rows and updates into their producers",
    "after layout, which settles every order of summation, so that fusing changes no bit; before schedule, which "
    "decides for one kernel at a time",
    run_fuse};

}  // namespace nnc
