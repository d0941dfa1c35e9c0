// The graph cut into kernels: what `fuse` makes, `schedule` completes and `vectorize` lowers. Values that cross kernels
// live in buffers; all others stay in registers of their kernel.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ir/graph/graph.h"
#include "ir/graph/partition_text.h"
#include "ir/graph/schedule.h"
#include "ir/graph/target.h"

namespace nnc {

enum class KernelKind : uint8_t {
  contraction,  ///< one contraction `root`, with prologue (elementwise on its operands) and epilogue
  rows,         ///< several reductions over the trailing axes of one row space, with elementwise code between
  elementwise,  ///< maps over one index space, movement folded into subscripts
  reduction,    ///< one reduction that leaves its row space (sums down the batch, whole tensors)
  updates,      ///< several small independent maps of different shapes, one after the other
  indexed,      ///< scatter_add, argmax windows and what else needs its own loop
  scan,         ///< a loop around the kernels of its body
};

struct KernelGroup {
  std::string name;  ///< "forward_dense_0", unique in the partition
  KernelKind kind = KernelKind::elementwise;
  std::vector<NodeId> nodes;    ///< in an order in which operands come first; leaves are in no kernel
  std::vector<NodeId> outputs;  ///< the nodes whose values are stored
  /// Variables written in place by this kernel: result numbers (into graph.results) of kind update.
  std::vector<uint32_t> updates;
  std::string border;                           ///< why it ends here: "dense_1 contracts over all of h0's row"
  std::vector<struct Partition> bodies;         ///< of a scan: its body's own partition
  std::optional<Schedule> schedule = {};        ///< how it runs, once the pass `schedule` has chosen
  std::shared_ptr<const KernelText> text = {};  ///< where it was read, in the text of its partition
};

/// What a program is being compiled for: a pass that runs on its text by itself goes on from there.
struct CompiledFor {
  Target target;
  int64_t rows = 1;   ///< a step
  bool exact = true;  ///< exactly so many, or any number up to it
  int64_t workers = 1;
  bool operator==(const CompiledFor&) const = default;
};
/// "avx2, exactly 100 rows", "avx2, exactly 100 rows, 2 threads": as in the dump, after the words `compiled for`.
std::string to_string(const CompiledFor& compiled);

struct Partition {
  Graph graph;
  std::vector<KernelGroup> kernels;                ///< in the order in which they run
  std::optional<CompiledFor> compiled = {};        ///< of the whole, not of a body
  std::shared_ptr<const PartitionText> text = {};  ///< none of what a pass made
};

std::string_view spelling(KernelKind kind);

/// Whether the node needs loops of its own; elements of any other are computed where they are used.
bool needs_loops(const Node& node);

}  // namespace nnc
