// How several workers run a step together. Each runs the whole list of stages, and meets the others at barriers:
//
//   - A kernel with shared loops runs on all of them: worker w takes the part w of each such loop's turns, and what
//     stands outside of those loops it does like the others.
//   - Every other kernel runs on worker 0 alone.
//   - A repeat is run by all, a finite check is made by all.
//
// Which worker computes an element changes no bit of it: shared are outputs, never the terms of one sum.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ir/nest/nest_program.h"

namespace nnc {

/// Whether any loop of the kernel is shared, so that all workers run it.
bool is_shared(const Kernel& kernel);
/// Whether any kernel of the program is.
bool is_shared(const NestProgram& program);

/// The turns of a shared loop that a worker runs: its variable takes begin, begin + step, … < end. Where they don't
/// divide, some workers have one more, never the first; the only turn of a loop is the first one's. A worker beyond the
/// shares has none.
struct LoopTurns {
  int64_t begin = 0, end = 0;
};
LoopTurns turns_of_worker(int64_t begin, int64_t end, int64_t step, int64_t shares, int64_t worker);

/// Bytes from one worker's buffer to the next one's, and of all of them.
int64_t bytes_between_workers(const Buffer& buffer);
int64_t bytes_of_all_workers(const NestProgram& program, const Buffer& buffer);

/// Whether two buffers of a planned program may have a byte in common: the same storage, and ranges that meet.
bool share_bytes(const NestProgram& program, BufferId a, BufferId b);

/// What the workers of a planned program touch between two barriers, by buffer.
class Phase {
 public:
  explicit Phase(const NestProgram& program) : program_(&program) {}

  /// A buffer that a worker may be at, and one of a stage whose bytes meet its, where one of them is written.
  struct Conflict {
    BufferId before = 0, next = 0;
  };
  /// Two buffers that share bytes, one of which a call writes that all workers run; or nothing.
  std::optional<Conflict> conflict_within(const Call& call) const;
  /// Nothing where a call or a check may follow without a barrier.
  std::optional<Conflict> conflict_with(const Stage& stage) const;
  void add(const Stage& stage);
  void clear();

 private:
  struct Touch {
    BufferId buffer = 0;
    bool written = false;
  };
  using Touches = std::vector<Touch>;
  /// Of a call or a check, and whether by all workers or by the first alone.
  std::pair<Touches, bool> touches_of(const Stage& stage) const;
  bool conflict(const Touch& a, const Touch& b) const;

  const NestProgram* program_;
  Touches by_all_, by_one_;
};

}  // namespace nnc
