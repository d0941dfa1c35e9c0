#include "passes/schedule/tiles.h"

#include <algorithm>

namespace nnc {

namespace {

// Per tier all alike: two multiply-adds and two loads a cycle, four cycles from one to the next of a chain.
constexpr double kPerCycle = 2, kLatency = 4;
constexpr double kBodyCost = 0.03;  ///< of another copy of the code, as a share of the whole
constexpr int64_t kMostRows = 14;

/// Cycles for one step of the summed loop over one tile.
double cycles(const TileQuestion& question, double rows, double vectors) {
  double far = question.far_vectors ? 2 : 1;
  double work = rows * vectors / kPerCycle, loads = (rows + far * vectors) / kPerCycle;
  return std::max({work, loads, kLatency}) + 0.25 * std::min(work, loads);
}

double cost(const TileQuestion& question, const Tile& tile) {
  double panels = 0;
  int bodies = 0;
  auto rows_cost = [&](double vectors) {
    if (!question.rows_known)
      return cycles(question, static_cast<double>(tile.rows), vectors) / static_cast<double>(tile.rows);
    EqualBlocks blocks = equal_blocks(question.rows, tile.rows);
    auto size = static_cast<double>(blocks.size);
    return static_cast<double>(blocks.large) * cycles(question, size, vectors) +
           static_cast<double>(blocks.small) * cycles(question, size - 1, vectors);
  };
  int64_t whole = question.vectors / tile.vectors, left = question.vectors % tile.vectors;
  if (whole > 0) panels += static_cast<double>(whole) * rows_cost(static_cast<double>(tile.vectors)), ++bodies;
  if (left > 0) panels += rows_cost(static_cast<double>(left)), ++bodies;
  if (question.rows_known && equal_blocks(question.rows, tile.rows).small > 0) bodies *= 2;
  return panels * (1 + kBodyCost * (bodies - 1));
}

}  // namespace

EqualBlocks equal_blocks(int64_t extent, int64_t most) {
  EqualBlocks blocks;
  if (extent <= 0) return blocks;
  int64_t count = (extent + most - 1) / most;
  blocks.size = (extent + count - 1) / count;
  blocks.small = blocks.size * count - extent;
  blocks.large = count - blocks.small;
  return blocks;
}

namespace {

/// Registers that the loop needs beside sums, vectors and a factor: a product, where there is no fma; on NEON the
/// factors that LLVM loads ahead, two at a time; the next factor, where each serves one vector in a loop of unknown
/// length.
int64_t spare(const Target& target, const TileQuestion& question, int64_t vectors) {
  if (target.tier == Tier::neon) return 4;
  constexpr int kMany = 32;
  if (question.far_vectors && target.vector_registers >= kMany) return 2;  // the next vectors, loaded ahead
  return !target.has_fma || (vectors == 1 && !question.steps_known) ? 1 : 0;
}

}  // namespace

int64_t beside_sums(const Target& target, const TileQuestion& question, int64_t vectors) {
  return std::max(vectors + 1 + spare(target, question, vectors) + question.operands, question.epilogue);
}

namespace {

Tile best_tile(const Target& target, const TileQuestion& question, int64_t fewest_vectors, int64_t most_vectors) {
  Tile best{1, fewest_vectors};
  double least = -1;
  for (int64_t vectors = fewest_vectors; vectors <= most_vectors; ++vectors) {
    for (int64_t rows = 1; rows <= kMostRows; ++rows) {
      if (rows * vectors + beside_sums(target, question, vectors) > target.vector_registers) break;
      if (question.rows_known && rows > question.rows) break;
      double candidate = cost(question, {rows, vectors});
      if (least >= 0 && candidate >= least) continue;
      least = candidate;
      best = {rows, vectors};
    }
  }
  return best;
}

}  // namespace

Tile choose_tile(const Target& target, const TileQuestion& question) {
  return best_tile(target, question, 1, std::min(question.most_vectors, question.vectors));
}

int64_t choose_rows(const Target& target, const TileQuestion& question) {
  return best_tile(target, question, question.vectors, question.vectors).rows;
}

}  // namespace nnc
