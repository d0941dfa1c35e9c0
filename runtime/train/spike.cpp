#include "runtime/train/spike.h"

#include <algorithm>

namespace nnc {

void SpikeWatch::find_median() {
  std::array<double, kWindow> sorted = last_;
  auto count = static_cast<std::ptrdiff_t>(std::min(count_, kWindow));
  auto middle = sorted.begin() + count / 2;
  std::nth_element(sorted.begin(), middle, sorted.begin() + count);
  median_ = *middle;
}

bool SpikeWatch::is_spike(double loss) {
  if (seen_) return false;
  if (count_ >= kFewest && median_ > 0 && loss > kFactor * median_) return seen_ = true;
  last_[count_ % kWindow] = loss;
  ++count_;
  if (count_ >= kFewest && (count_ <= kWindow || count_ % kEvery == 0)) find_median();
  return false;
}

}  // namespace nnc
