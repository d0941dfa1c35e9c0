// Whether the next run of steps is better done by a team or by one of its workers alone: both give the same bits. A
// team whose workers do not get their cores, since the machine is busy, or whose shares are too small, is slower than
// one worker.
#pragma once

#include <cstdint>

namespace nnc {

class TeamPace {
 public:
  /// The first two runs are one worker's, then it is the team's turn. The team goes on while it is faster; where it has
  /// become much slower than it was, one worker is asked once more. A team that was slower is tried again after 8 runs,
  /// then after 32 and 128, since on a busy machine a try takes several times as long.
  bool together() const { return together_; }
  /// What the run took, for each row of its steps, in whichever unit.
  void ran(double time) { together_ ? ran_together(time) : ran_alone(time); }

 private:
  static constexpr int64_t kFewestRuns = 8, kMostRuns = 128;

  void ran_alone(double time);
  void ran_together(double time);
  void send_home();

  bool together_ = false;
  bool asked_ = false;  ///< one worker runs to see whether the team has become slower than it
  double alone_ = 0;    ///< the last run of one worker
  double team_ = 0;     ///< and of the team; 0: there was none
  double best_ = 0;     ///< of the team since it was last sent home; 0: it has not won since
  int64_t runs_ = 0;    ///< of one worker in a row
  int64_t until_ = 2;   ///< so many, and the team is tried again
};

}  // namespace nnc
