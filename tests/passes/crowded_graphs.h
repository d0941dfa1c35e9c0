// Graphs whose kernels hold more values at once than a tier has vector registers, unless lowering does without some:
// positions that differ from lane to lane, words of random numbers, many outputs, beside the sums of a tile.
#pragma once

#include <span>

#include "ir/graph/graph.h"

namespace nnc {

struct CrowdedGraph {
  const char* name;
  /// Adds the nodes and results; the more the greater `count` is, from 1 on.
  void (*build)(Graph& graph, Element element, int count);
};

std::span<const CrowdedGraph> crowded_graphs();
inline constexpr int kCrowdedCounts[] = {1, 3, 20};

}  // namespace nnc
