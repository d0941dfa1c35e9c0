// The sums of reductions and scatters: what they add up in, and where long ones are cut.
#pragma once

#include <string>
#include <vector>

#include "passes/schedule/chunk_cut.h"
#include "passes/schedule/kernel_nodes.h"

namespace nnc {

/// The axes of a reduction's operand: those that vanish, those of one element left out, and those that stay.
struct ReducedAxes {
  std::vector<size_t> reduced, kept;
  Shape reduced_shape, kept_shape;

  ReducedAxes(const Node& reduction, const Type& operand);
};

/// bf16 and u8 are summed as f32 and i32.
Element summing(Element element);
/// Loops over these axes: "r0", "r1", ….
std::vector<SummedAxis> axes_named(const Shape& shape, const std::string& letter);

/// Only sums of floats are cut, since only their order matters. Each chain takes a term every `last_step` elements of
/// the last axis.
std::optional<ChunkCut> sum_cut(const StepSizes& sizes, Scalar combine, Element element,
                                std::span<const SummedAxis> axes, int64_t last_step);
std::optional<ChunkCut> reduction_cut(const Node& reduction, const Type& operand, const StepSizes& sizes);
/// Of a window, whose elements are one chain; none of one that yields a position.
std::optional<ChunkCut> window_cut(const Node& window, const Type& operand, const StepSizes& sizes);
/// Of the first sum of a row kernel that is cut.
std::optional<ChunkCut> row_cut(const KernelNodes& nodes, const StepSizes& sizes);
/// A scatter's chunks are long enough that going through whole tables is little beside adding rows to them.
std::optional<ChunkCut> scatter_cut(const Node& scatter, const Shape& places, const StepSizes& sizes);

}  // namespace nnc
