// Trainings of one program, some of them at once: each on one thread, by a session of its own, and with one voice,
// since each is told of in its turn.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "runtime/train/session.h"

namespace nnc {

class SideBySide {
 public:
  /// `at_once` of them (Session::runs_at_once); a run begins no more once `stop` is not zero.
  SideBySide(Session& session, int64_t at_once, const int32_t* stop)
      : session_(session), at_once_(at_once), stop_(stop) {}

  /// Makes `count` runs. `ended` is told of each in their order, whichever ended first, and so is what a request wants
  /// to hear: of a run whose turn has not come, when it has; its epochs then are past, and nobody's. The
  /// first asks for what all of them need, before any other begins. Once one has failed no other begins, those at hand
  /// are stopped, and what failed first in their order is thrown.
  void go(size_t count, const std::function<TrainRequest(size_t run)>& request_of,
          const std::function<void(size_t run, TrainResult)>& ended);
  bool stopped() const { return stop_ != nullptr && *static_cast<const volatile int32_t*>(stop_) != 0; }

 private:
  struct Run {
    std::vector<std::function<void()>> unsaid;
    std::optional<TrainResult> result;
    std::exception_ptr failed;
  };

  void work();
  void watch();
  std::optional<size_t> begin();
  TrainResult train(size_t run);
  TrainRequest in_turn(size_t run, const TrainRequest& request);
  void say(size_t run, std::function<void()> words);
  void end(size_t run, std::optional<TrainResult> result, std::exception_ptr failed);

  Session& session_;
  int64_t at_once_;
  const int32_t* stop_;
  std::function<TrainRequest(size_t)> request_of_;
  std::function<void(size_t, TrainResult)> ended_;
  std::mutex mutex_;  ///< of all that follows and of whoever is told: one speaks at a time
  std::vector<Run> runs_;
  std::condition_variable changed_;
  size_t begun_ = 0, turn_ = 0;
  int64_t working_ = 0;  ///< threads
  bool first_is_on_ = false, any_failed_ = false;
  int32_t stop_runs_ = 0;  ///< of runs on threads
};

}  // namespace nnc
