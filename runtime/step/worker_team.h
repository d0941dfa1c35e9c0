// Threads that run steps together (ir/nest/team.h says who runs what). They are started by the first run, sleep between
// runs, and are joined with the team.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "ir/nest/step_arguments.h"

namespace nnc {

class WorkerTeam {
 public:
  /// So many workers in all; the thread that calls `run` is the first.
  explicit WorkerTeam(int64_t workers);
  ~WorkerTeam();
  WorkerTeam(const WorkerTeam&) = delete;
  WorkerTeam& operator=(const WorkerTeam&) = delete;

  int64_t workers() const { return workers_; }
  /// Starts the threads where they are not there yet. False where the system refuses one: there is no team then.
  bool ready();
  /// Calls `work` once on every worker of a team that is ready; they may meet at `link.barrier`. Returns when all are
  /// done. It must not throw, since the others would wait.
  void run(const std::function<void(int64_t worker, TeamLink& link)>& work);

  /// While something else has the workers' cores, one worker is faster than the team (Executable::run).
  void lend_cores() { lent_.store(true, std::memory_order_relaxed); }
  void take_cores_back() { lent_.store(false, std::memory_order_relaxed); }
  bool has_lent_its_cores() const { return lent_.load(std::memory_order_relaxed); }

 private:
  struct Crew;
  int64_t workers_;
  bool refused_ = false;
  std::atomic<bool> lent_ = false;
  std::unique_ptr<Crew> crew_;  ///< null before the first run
};

}  // namespace nnc
