#include "passes/vectorize/chunks.h"

#include <algorithm>
#include <bit>

#include "passes/vectorize/space.h"

namespace nnc {

namespace {

/// Levels of a tree over so many chunks, less one: the highest bit of their number.
int64_t top_level(int64_t chunks) { return std::bit_width(static_cast<uint64_t>(chunks)) - 1; }

void over_blocks(Values& values, const SummedAxis& axis, int64_t block,
                 const std::function<void(const ChunkRange&)>& chunk) {
  ProgramBuilder& program = values.kernel().program();
  NestBuilder& nest = values.kernel().nest;
  int64_t extent = program.extent(axis.dim), whole = extent / block * block;
  auto whole_chunk = [&](const Affine& base) { chunk({base, block, {}, {}}); };
  if (program.at_run_time(axis.dim)) {
    LoopBound blocks{0, axis.dim.count, block}, all = rows_bound(axis.dim.count);
    if (whole > 0) nest.loop(LoopKind::serial, "chunk", LoopBound{}, blocks, block, whole_chunk);
    // No turn or one.
    nest.loop(LoopKind::serial, "chunk_rest", blocks, all, block, [&](const Affine&) { chunk({{}, 0, blocks, all}); });
    return;
  }
  if (whole == block) whole_chunk(Affine::of(0));
  if (whole > block) nest.serial("chunk", 0, whole, block, whole_chunk);
  if (whole < extent) chunk({Affine::of(whole), extent - whole, {}, {}});
}

void over_chunks_from(size_t axis, Values& values, std::span<const SummedAxis> axes, const ChunkCut& cut,
                      const std::function<void(size_t, const Affine&)>& stand,
                      const std::function<void(const ChunkRange&)>& chunk) {
  if (axis == cut.axis) return over_blocks(values, axes[axis], cut.block, chunk);
  over_axis(values, axes[axis].dim, axes[axis].name, [&](const Affine& at) {
    stand(axis, at);
    over_chunks_from(axis + 1, values, axes, cut, stand, chunk);
  });
}

}  // namespace

void over_chunks(Values& values, std::span<const SummedAxis> axes, const ChunkCut& cut,
                 const std::function<void(size_t axis, const Affine& at)>& stand,
                 const std::function<void(const ChunkRange&)>& chunk) {
  over_chunks_from(0, values, axes, cut, stand, chunk);
}

void over_range(Values& values, const ChunkRange& range, const std::string& name,
                const std::function<void(const Affine& at)>& body) {
  NestBuilder& nest = values.kernel().nest;
  auto scoped = [&](const Affine& at) {
    values.open_scope();
    body(at);
    values.close_scope();
  };
  if (range.extent == 0) return nest.loop(LoopKind::serial, name, range.begin, range.end, 1, scoped);
  if (range.extent == 1) return scoped(range.base);
  nest.serial(name, 0, range.extent, 1, [&](const Affine& k) { scoped(range.base + k); });
}

View ChunkTree::memory(ProgramBuilder& program, const std::string& name, Element element, int64_t chunks,
                       const std::vector<int64_t>& extents, bool per_worker) {
  Shape shape{Dim(top_level(chunks) + 2), Dim(2)};
  for (int64_t extent : extents) shape.emplace_back(extent);
  return program.temporary(name, Type(element, shape), per_worker);
}

ChunkTree::ChunkTree(Values& values, const View& memory, Each each)
    : values_(values),
      nest_(values.kernel().nest),
      memory_(values.kernel().parameter(memory)),
      each_(std::move(each)),
      count_(nest_.reg("chunks", {Element::i32, 1})),
      odd_(nest_.reg("odd", {Element::i32, 1})) {
  nest_.assign(count_, whole(0));
}

Place ChunkTree::node(const Affine& level, const Affine& odd, const std::vector<Affine>& at) const {
  std::vector<Affine> subscripts{level, odd};
  subscripts.insert(subscripts.end(), at.begin(), at.end());
  return nest_.place(memory_, std::move(subscripts));
}

void ChunkTree::next() {
  auto call = [&](Scalar function, ScalarValue a, ScalarValue b) { return nest_.call(function, a, b); };
  nest_.assign(count_, call(Scalar::add, nest_.read(count_), whole(1)));
  ScalarValue count = nest_.read(count_),
              lowest = call(Scalar::bit_and, count, call(Scalar::subtract, whole(0), count));
  nest_.assign(odd_, call(Scalar::bit_and, count, whole(1)));
  // The level of the lowest bit is the exponent of that power of two.
  constexpr int64_t kMantissaBits = 23, kBias = 127;
  NestRegister exponent = nest_.reg("exponent", {Element::i32, 1}), above = nest_.reg("above", {Element::i32, 1});
  nest_.assign(exponent, call(Scalar::shift_right_logical,
                              nest_.bitcast(nest_.cast(lowest, Element::f32), Element::i32), whole(kMantissaBits)));
  ScalarValue higher = call(Scalar::shift_right_logical, count, nest_.index(exponent.affine() - (kBias - 1)));
  nest_.assign(above, call(Scalar::bit_and, higher, whole(1)));
  Affine level = exponent.affine() - kBias;
  // In turns 2^l there is no such node yet, and what is stored is never read.
  each_([&](const std::vector<Affine>& at, int lanes) {
    ScalarValue left = nest_.load(node(level, Affine::of(1), at), lanes);
    ScalarValue right = nest_.load(node(level, Affine::of(0), at), lanes);
    nest_.store(node(level + 1, above.affine(), at), left + right);
  });
}

void ChunkTree::combine(const ChunkCut& cut) {
  finish(cut, [&](const std::vector<Affine>& at, ScalarValue sum) { nest_.store(result(at), sum); });
}

void ChunkTree::finish(const ChunkCut& cut,
                       const std::function<void(const std::vector<Affine>& at, ScalarValue sum)>& take) {
  each_([&](const std::vector<Affine>& at, int lanes) {
    take(at, cut.at_run_time ? finish_counted(cut.chunks, at, lanes) : finish_known(cut.chunks, at, lanes));
  });
}

/// Level by level: an odd node that waits is joined with what came behind it; where both halves wait, they become the
/// node above that `next` would still have made.
ScalarValue ChunkTree::finish_known(int64_t chunks, const std::vector<Affine>& at, int lanes) {
  std::optional<ScalarValue> rest, made;  // of all levels below; the last node of this level, where it is not in memory
  for (int64_t level = 0; level <= top_level(chunks); ++level) {
    auto last = [&](int64_t odd) {
      return made ? *made : nest_.load(node(Affine::of(level), Affine::of(odd), at), lanes);
    };
    if (((chunks >> level) & 1) != 0) {
      rest = values_.pin(rest ? last(1) + *rest : last(1), "rest");
      made.reset();
    } else if (chunks >> (level + 1) > 0) {
      ScalarValue left = nest_.load(node(Affine::of(level), Affine::of(1), at), lanes);
      made = values_.pin(left + last(0), "made");
    }
  }
  return *rest;
}

ScalarValue ChunkTree::finish_counted(int64_t most, const std::vector<Affine>& at, int lanes) {
  auto call = [&](Scalar function, ScalarValue a, ScalarValue b) { return nest_.call(function, a, b); };
  Element element = nest_.parameter(memory_).element;
  NestRegister rest = nest_.reg("rest", {element, lanes}), above = nest_.reg("above", {Element::i32, 1});
  nest_.assign(rest, nest_.constant(-0.0, NestType{element, lanes}));
  nest_.serial("level", 0, top_level(most) + 1, 1, [&](const Affine& level) {
    ScalarValue from = call(Scalar::shift_right_logical, nest_.read(count_), nest_.index(level));
    ScalarValue waits = call(Scalar::not_equal, call(Scalar::bit_and, from, whole(1)), whole(0));
    nest_.assign(above, call(Scalar::bit_and, call(Scalar::shift_right_logical, from, whole(1)), whole(1)));
    ScalarValue odd = nest_.load(node(level, Affine::of(1), at), lanes);
    ScalarValue even = nest_.load(node(level, Affine::of(0), at), lanes);
    Place next = node(level + 1, above.affine(), at);
    nest_.store(next, nest_.select(waits, nest_.load(next, lanes), odd + even));
    nest_.assign(rest, nest_.select(waits, odd + nest_.read(rest), nest_.read(rest)));
  });
  return nest_.read(rest);
}

}  // namespace nnc
