// Long sums in chunks: where the summed axes are cut, and the fixed binary tree over the chunks' totals.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "passes/schedule/chunk_cut.h"
#include "passes/vectorize/values.h"

namespace nnc {

/// The positions of the cut axis that a chunk has.
struct ChunkRange {
  Affine base;
  int64_t extent = 0;  ///< from base; 0: from `begin` to `end`, which are known at run time
  LoopBound begin, end;
};

/// Calls `chunk` for each chunk in rising order; `stand` gets the positions of the axes before the cut.
void over_chunks(Values& values, std::span<const SummedAxis> axes, const ChunkCut& cut,
                 const std::function<void(size_t axis, const Affine& at)>& stand,
                 const std::function<void(const ChunkRange&)>& chunk);
/// One position after the other.
void over_range(Values& values, const ChunkRange& range, const std::string& name,
                const std::function<void(const Affine& at)>& body);

/// Totals of chunks, in memory. Chunks are numbered from 1; a node of level l is the sum of 2^l neighbours, the first
/// of which follows a multiple of 2^l: totals are nodes of level 0. What is left of an incomplete tree is added from
/// the last chunk to the first. One node is made a chunk, which costs no branch: before chunk t, with 2^l the lowest
/// bit of t, that of level l + 1 which ends at chunk t − 2^l. Both halves are there by then, and a level never holds
/// more than two nodes that wait, an odd one and an even one.
class ChunkTree {
 public:
  /// Where up to `chunks` totals of these extents are combined, by one worker or each.
  static View memory(ProgramBuilder& program, const std::string& name, Element element, int64_t chunks,
                     const std::vector<int64_t>& extents, bool per_worker);

  /// Visits all vectors of a total: its subscripts and lanes.
  using Visit = std::function<void(const std::vector<Affine>& at, int lanes)>;
  using Each = std::function<void(const Visit&)>;

  ChunkTree(Values& values, const View& memory, Each each);
  /// Before each chunk.
  void next();
  /// Where the total of the chunk that `next` began is to be stored.
  Place total(const std::vector<Affine>& at) const { return node(Affine::of(0), odd_.affine(), at); }
  /// Where `combine` leaves the sum of all totals.
  Place result(const std::vector<Affine>& at) const { return node(Affine::of(0), Affine::of(0), at); }
  /// After the last chunk: all totals are summed up in memory.
  void combine(const ChunkCut& cut);
  /// After the last chunk: the sum of all totals, vector by vector, until the next step.
  void finish(const ChunkCut& cut, const std::function<void(const std::vector<Affine>& at, ScalarValue sum)>& take);

 private:
  Place node(const Affine& level, const Affine& odd, const std::vector<Affine>& at) const;
  ScalarValue finish_known(int64_t chunks, const std::vector<Affine>& at, int lanes);
  ScalarValue finish_counted(int64_t most, const std::vector<Affine>& at, int lanes);
  ScalarValue whole(double number) { return nest_.constant(number, Element::i32); }

  Values& values_;
  NestBuilder& nest_;
  ParameterId memory_;
  Each each_;
  NestRegister count_, odd_;
};

}  // namespace nnc
