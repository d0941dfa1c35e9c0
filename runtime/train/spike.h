// Losses that leap: the first of a run that is more than 1000 times the median of those before it.
#pragma once

#include <array>
#include <cstddef>

namespace nnc {

class SpikeWatch {
 public:
  /// Takes the next step's loss; true for the first spike of the run, whose median `median()` then is. A few additions
  /// and comparisons a step: the median of the last 101 losses is found anew for each of the first 101, then for every
  /// sixteenth.
  bool is_spike(double loss);
  double median() const { return median_; }

 private:
  static constexpr size_t kWindow = 101, kFewest = 5, kEvery = 16;
  static constexpr double kFactor = 1000;

  void find_median();

  std::array<double, kWindow> last_{};
  size_t count_ = 0;
  double median_ = 0;
  bool seen_ = false;
};

}  // namespace nnc
