#include "runtime/report/side_by_side.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <utility>

#include "codegen/compile_threads.h"

namespace nnc {

void SideBySide::go(size_t count, const std::function<TrainRequest(size_t)>& request_of,
                    const std::function<void(size_t, TrainResult)>& ended) {
  request_of_ = request_of;
  ended_ = ended;
  runs_ = std::vector<Run>(count);
  std::deque<LargeStackThread> threads;  // where the system gives none there are fewer
  bool any_started = false;
  for (int64_t i = 0; at_once_ > 1 && i < at_once_; ++i) {
    {
      const std::lock_guard lock(mutex_);
      ++working_;
    }
    const bool started = threads.emplace_back().start([this] {
      work();
      const std::lock_guard lock(mutex_);
      --working_;
      changed_.notify_all();
    });
    any_started = any_started || started;
    const std::lock_guard lock(mutex_);
    if (!started) --working_;
  }
  if (!any_started) at_once_ = 1;
  watch();
  work();  // where no thread has
  threads.clear();
  for (const Run& run : runs_) {
    if (run.failed) std::rethrow_exception(run.failed);
  }
}

/// On the thread that a stop is meant for.
void SideBySide::watch() {
  constexpr auto kLook = std::chrono::milliseconds(5);
  std::unique_lock lock(mutex_);
  while (working_ > 0) {
    changed_.wait_for(lock, kLook);
    if (stopped() || any_failed_) std::atomic_ref(stop_runs_).store(1);
  }
}

void SideBySide::work() {
  while (const std::optional<size_t> run = begin()) {
    try {
      end(*run, train(*run), nullptr);
    } catch (...) {
      end(*run, {}, std::current_exception());
    }
  }
}

std::optional<size_t> SideBySide::begin() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return begun_ == 0 || first_is_on_; });
  const bool no_more = any_failed_ || (begun_ > 0 && stopped());
  if (no_more || begun_ == runs_.size()) return std::nullopt;
  return begun_++;
}

TrainResult SideBySide::train(size_t run) {
  if (at_once_ == 1) return session_.train(request_of_(run));
  std::function<void(const BuildTimes&)> on_built = session_.build_options().on_built;
  if (on_built) {
    on_built = [this, run, tell = on_built](const BuildTimes& times) { say(run, [tell, times] { tell(times); }); };
  }
  return session_.beside(std::move(on_built))->train(in_turn(run, request_of_(run)));
}

TrainRequest SideBySide::in_turn(size_t run, const TrainRequest& request) {
  TrainRequest own = request;
  if (request.on_note) {
    own.on_note = [this, run, tell = request.on_note](const std::string& note) {
      say(run, [tell, note] { tell(note); });
    };
  }
  if (request.on_compiled) own.on_compiled = [this, run, tell = request.on_compiled] { say(run, tell); };
  if (request.on_epoch) {
    own.on_epoch = [this, run, tell = request.on_epoch](const EpochReport& report) {
      const std::lock_guard lock(mutex_);
      if (run == turn_) tell(report);
    };
  }
  own.on_begin = [this, tell = request.on_begin] {
    const std::lock_guard lock(mutex_);
    if (tell) tell();
    first_is_on_ = true;
    changed_.notify_all();
  };
  own.stop = &stop_runs_;
  return own;
}

void SideBySide::say(size_t run, std::function<void()> words) {
  const std::lock_guard lock(mutex_);
  if (run == turn_) return words();
  runs_[run].unsaid.push_back(std::move(words));
}

void SideBySide::end(size_t run, std::optional<TrainResult> result, std::exception_ptr failed) {
  const std::lock_guard lock(mutex_);
  runs_[run].result = std::move(result);
  runs_[run].failed = std::move(failed);
  any_failed_ = any_failed_ || runs_[run].failed;
  first_is_on_ = true;
  changed_.notify_all();
  while (turn_ < runs_.size() && (runs_[turn_].result || runs_[turn_].failed)) {
    if (runs_[turn_].result) ended_(turn_, *std::exchange(runs_[turn_].result, {}));
    if (++turn_ == runs_.size()) return;
    for (const std::function<void()>& words : std::exchange(runs_[turn_].unsaid, {})) words();
  }
}

}  // namespace nnc
