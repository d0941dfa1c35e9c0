#include "runtime/train/epoch_order.h"

#include <algorithm>
#include <utility>

#include "runtime/data/split.h"

namespace nnc {

EpochOrder::EpochOrder(std::vector<int32_t> rows, uint64_t seed, bool shuffle)
    : rows_(std::move(rows)), permuted_(rows_), seed_(seed), position_(rows_.size()), shuffle_(shuffle) {}

void EpochOrder::next_epoch() {
  ++epoch_;
  position_ = 0;
  if (shuffle_) epoch_order(rows_, seed_, static_cast<uint32_t>(epoch_), permuted_);
}

void EpochOrder::append(int64_t count, std::vector<int32_t>& to) {
  to.reserve(to.size() + static_cast<size_t>(count));
  for (auto left = static_cast<size_t>(count); left > 0;) {
    if (position_ == permuted_.size()) next_epoch();
    size_t taken = std::min(left, permuted_.size() - position_);
    auto from = permuted_.begin() + static_cast<std::ptrdiff_t>(position_);
    to.insert(to.end(), from, from + static_cast<std::ptrdiff_t>(taken));
    position_ += taken;
    left -= taken;
  }
}

}  // namespace nnc
