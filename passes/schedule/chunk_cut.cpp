#include "passes/schedule/chunk_cut.h"

#include <algorithm>
#include <vector>

namespace nnc {

namespace {

int64_t divided_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace

std::optional<ChunkCut> cut_chunks(const StepSizes& sizes, std::span<const SummedAxis> axes, int64_t last_step,
                                   int64_t longest) {
  constexpr int64_t kMostChunks = int64_t{1} << 30;  // they are counted in 32 bits
  auto step_of = [&](size_t axis) { return axis + 1 == axes.size() ? last_step : 1; };
  std::vector<int64_t> turns(axes.size());
  int64_t all = 1;
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    turns[axis] = divided_up(sizes.extent(axes[axis].dim), step_of(axis));
    if (__builtin_mul_overflow(all, turns[axis], &all)) all = INT64_MAX;
  }
  while (all / longest > kMostChunks / 4) longest *= 2;
  if (all <= longest) return std::nullopt;
  int64_t behind = 1, before = all;
  for (size_t axis = axes.size(); axis-- > 0;) {
    before /= turns[axis];
    const Dim& dim = axes[axis].dim;
    int64_t most = longest / behind;
    if (dim.constant() && turns[axis] <= most) {
      behind *= turns[axis];
      continue;
    }
    ChunkCut cut;
    cut.axis = axis;
    // Equal blocks, where the extent is a fact of the sizes.
    cut.block = (dim.constant() ? divided_up(turns[axis], divided_up(turns[axis], most)) : most) * step_of(axis);
    cut.chunks = before * divided_up(sizes.extent(dim), cut.block);
    cut.at_run_time =
        std::any_of(axes.begin(), axes.end(), [&](const SummedAxis& a) { return sizes.at_run_time(a.dim); });
    return cut;
  }
  return std::nullopt;
}

}  // namespace nnc
