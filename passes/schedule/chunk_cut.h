// Where long sums are cut into chunks: a function of the summed axes and the form's lanes alone.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "passes/schedule/sizes.h"

namespace nnc {

struct SummedAxis {
  Dim dim;
  std::string name;  ///< of its loop
};

/// Chunks in row-major order over the summed axes: at each position of the axes before `axis`, `block` positions of it
/// (its last chunk may have fewer), with all of the axes behind it.
struct ChunkCut {
  size_t axis = 0;
  int64_t block = 1;
  int64_t chunks = 1;        ///< at capacity
  bool at_run_time = false;  ///< whether a step may have fewer
};

/// The cut that leaves each chain `longest` terms at most, one of which is taken every `last_step` elements of the last
/// axis; none where the whole sum is no longer than that. An axis along the rows of a batch is cut wherever the axes
/// behind it fit, into blocks that do not depend on the batch.
std::optional<ChunkCut> cut_chunks(const StepSizes& sizes, std::span<const SummedAxis> axes, int64_t last_step,
                                   int64_t longest);

}  // namespace nnc
