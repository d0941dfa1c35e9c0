// What a person reads while and after training: a progress line on a terminal, at most twenty lines elsewhere; last the
// weights' file, each `expect` with the value found, and the next command to type.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/train/session.h"

namespace nnc {

/// "expect valid.accuracy > 0.96: found 0.9712: met".
std::string describe(const Expectation& expectation);
/// " in epoch 12" where the weights scored were put back from there, else "".
std::string in_epoch(const Expectation& expectation);
/// "the loss of step 3 is not finite; first: exp f32[100, 10] (mnist.nn:14, cross_entropy)".
std::string where_not_finite(const TrainResult& result);

class Reporter {
 public:
  /// Prints to standard output; colours and a moving line only where that is a terminal.
  explicit Reporter(const Session& session);

  void note(const std::string& text);
  /// A table for each executable that was built; what its lines add up to is what the clock says.
  void times(const std::vector<BuildTimes>& builds);
  void epoch(const EpochReport& report);
  /// Only the moving line of a terminal, with `before` in front; for runs of which each prints one line at its end.
  void moving(const std::string& before, const EpochReport& report);
  void finish(const TrainResult& result);

 private:
  std::string line(const EpochReport& report) const;
  void clear_line();

  const Session& session_;
  bool terminal_ = false;
  bool line_open_ = false;
  int64_t lines_printed_ = 0;
  std::chrono::steady_clock::time_point last_line_{};
};

}  // namespace nnc
