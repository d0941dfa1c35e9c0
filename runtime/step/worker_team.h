// Threads that run steps together (ir/nest/team.h says who runs what). They are started by the first run, sleep between
// runs, and are joined with the team.
#pragma once

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
  /// Calls `work` once on every worker, which may meet the others at `link.barrier`, and returns when all are done. It
  /// must not throw, since the others would wait. Where the system refuses a thread: a Failure (exit 3), and no work
  /// is begun.
  void run(const std::function<void(int64_t worker, TeamLink& link)>& work);

 private:
  struct Crew;
  int64_t workers_;
  std::unique_ptr<Crew> crew_;  ///< null before the first run
};

}  // namespace nnc
