// Loops over index spaces: every axis serial but one, which runs in vectors with a narrower or masked tail.
#pragma once

#include <functional>

#include "passes/schedule/tiles.h"
#include "passes/vectorize/values.h"

namespace nnc {

using SpaceBody = std::function<void(const ElementIndex& at)>;

/// Runs the body at every index of the shape. `values.lanes` and `.active` are set around it, and what it makes known
/// is forgotten after it. Axes of one element get no loop.
void over_space(Values& values, const Shape& shape, int vector_axis, int widest, const SpaceBody& body);
/// The same in scalars, `axis` innermost but in blocks of `size`: what is far apart along the other axes is taken up
/// once a block.
void over_space_in_blocks(Values& values, const Shape& shape, size_t axis, int64_t size, const SpaceBody& body);
/// An extent in blocks of at most `most` positions: two sizes that differ by one, the larger first.
void over_equal_blocks(NestBuilder& nest, const std::string& name, int64_t extent, int64_t most,
                       const std::function<void(int64_t size, const Affine& at)>& body);
/// One axis in scalars, from `begin`.
void over_axis(Values& values, const Dim& dim, const std::string& name, const std::function<void(Affine)>& body);
/// One axis in vectors, the body with the position of lane 0.
void over_lanes(Values& values, const Dim& dim, int widest, const std::string& name,
                const std::function<void(Affine)>& body);

}  // namespace nnc
