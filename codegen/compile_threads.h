// Work of the compiler on several threads.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <functional>

namespace nnc {

/// How many threads a compilation may have: a core each, and memory for each; one where the address space is limited.
/// Asks the system.
int compile_threads();

/// A thread with as much stack as a command has, which LLVM needs too.
class LargeStackThread {
 public:
  LargeStackThread() = default;
  ~LargeStackThread() { join(); }
  LargeStackThread(const LargeStackThread&) = delete;
  LargeStackThread& operator=(const LargeStackThread&) = delete;

  /// False where the system gives no thread. `work` must not throw.
  bool start(std::function<void()> work);
  void join();

 private:
  std::function<void()> work_;
  pthread_t thread_{};
  bool started_ = false;
};

/// Calls `work(0)` … `work(count − 1)`, each on a thread of its own but the first, which is this thread's. Where the
/// system gives no thread this one does that work, too. `work` must not throw.
void run_on_threads(size_t count, const std::function<void(size_t)>& work);

}  // namespace nnc
