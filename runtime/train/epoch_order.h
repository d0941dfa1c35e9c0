// The order in which a training reads its rows: one permutation an epoch, handed out as one endless stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nnc {

class EpochOrder {
 public:
  /// `rows`: the split's row numbers. Without `shuffle` every epoch is in that order. Each permutation is a function of
  /// seed and epoch alone, so a run that resumes draws the same.
  EpochOrder(std::vector<int32_t> rows, uint64_t seed, bool shuffle);

  /// Appends the next `count` row numbers of the stream to `to`.
  void append(int64_t count, std::vector<int32_t>& to);

 private:
  void next_epoch();

  std::vector<int32_t> rows_;
  std::vector<int32_t> permuted_;
  uint64_t seed_;
  int64_t epoch_ = -1;
  size_t position_ = 0;
  bool shuffle_;
};

}  // namespace nnc
