#include "runtime/step/team_pace.h"

#include <algorithm>

namespace nnc {

void TeamPace::ran_alone(double time) {
  alone_ = time;
  ++runs_;
  if (asked_) {
    asked_ = false;
    together_ = time > team_;
    if (together_) best_ = team_;
    if (!together_) send_home();
    return;
  }
  together_ = runs_ >= until_;
}

void TeamPace::ran_together(double time) {
  constexpr double kMuchSlower = 1.3;
  team_ = time;
  if (time > alone_) {
    if (best_ == 0) until_ = std::clamp(4 * until_, kFewestRuns, kMostRuns);
    return send_home();
  }
  if (best_ == 0 || time < best_) best_ = time;
  asked_ = time > kMuchSlower * best_;
  together_ = !asked_;
  until_ = kFewestRuns;
  runs_ = 0;
}

void TeamPace::send_home() {
  together_ = false;
  best_ = 0;
  runs_ = 0;
}

}  // namespace nnc
