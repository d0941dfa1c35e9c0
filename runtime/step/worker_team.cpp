// Everything that workers wait for is a number that changes. They watch it for some tens of microseconds, which is what
// the small kernels of a step take that the first worker runs alone, and then sleep until they are woken.
#include "runtime/step/worker_team.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <exception>
#include <thread>
#include <vector>

#include "support/core_sets.h"
#include "support/error.h"

namespace nnc {

namespace {

constexpr int kSpins = 1000;  ///< of a pause of 10 to 45 ns

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Returns once the number is another.
void await_change(const std::atomic<uint32_t>& number, uint32_t from) {
  for (int spin = 0; spin < kSpins; ++spin) {
    if (number.load(std::memory_order_acquire) != from) return;
    pause();
  }
  number.wait(from, std::memory_order_acquire);
}

/// The last worker to come lets all go on.
class Gate : public TeamLink {
 public:
  explicit Gate(int64_t workers) : workers_(static_cast<uint32_t>(workers)) {
    barrier = [](TeamLink* link, int64_t) { static_cast<Gate*>(link)->pass(); };
  }

  void pass() {
    const uint32_t round = round_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < workers_) return await_change(round_, round);
    arrived_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    round_.notify_all();
  }

 private:
  uint32_t workers_;
  alignas(64) std::atomic<uint32_t> arrived_{0};
  alignas(64) std::atomic<uint32_t> round_{0};
};

/// Signals go to the thread that waits for the run: workers are started with all of them blocked, but for those that
/// say what a thread itself has done.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) sigdelset(&all, fault);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct WorkerTeam::Crew {
  using Work = std::function<void(int64_t, TeamLink&)>;

  explicit Crew(int64_t workers) : gate(workers), cores(divided(cores_of_process(), static_cast<size_t>(workers))) {
    BlockedSignals blocked;
    try {
      for (int64_t worker = 1; worker < workers; ++worker) {
        threads.emplace_back([this, worker] { serve(worker); });
      }
    } catch (...) {
      dismiss();  // else they would wait for ever
      throw;
    }
  }
  ~Crew() { dismiss(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  /// None where there are fewer cores than workers.
  const std::vector<int>& cores_of(int64_t worker) const {
    return cores.empty() ? none : cores[static_cast<size_t>(worker)];
  }

  void serve(int64_t worker) {
    const OnCores own(cores_of(worker));
    for (uint32_t seen = 0;;) {
      await_change(orders, seen);
      seen = orders.load(std::memory_order_acquire);
      if (work == nullptr) return;
      (*work)(worker, gate);
      gate.pass();
    }
  }

  void order(const Work* next) {
    work = next;
    orders.fetch_add(1, std::memory_order_release);
    orders.notify_all();
  }

  void dismiss() {
    order(nullptr);
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }

  Gate gate;
  std::vector<std::vector<int>> cores;  ///< by worker
  std::vector<int> none;
  const Work* work = nullptr;  ///< written before `orders` changes; null: go home
  std::atomic<uint32_t> orders{0};
  std::vector<std::thread> threads;
};

WorkerTeam::WorkerTeam(int64_t workers) : workers_(workers) { NNC_ASSERT(workers >= 1, "a team has a worker"); }
WorkerTeam::~WorkerTeam() = default;

bool WorkerTeam::ready() {
  if (crew_ != nullptr || refused_) return !refused_;
  try {
    crew_ = std::make_unique<Crew>(workers_);
  } catch (const std::exception&) {  // no thread, or no memory for one
    refused_ = true;
  }
  return !refused_;
}

void WorkerTeam::run(const std::function<void(int64_t worker, TeamLink& link)>& work) {
  NNC_ASSERT(ready(), "the system has refused the team its threads");
  const OnCores own(crew_->cores_of(0));
  crew_->order(&work);
  work(0, crew_->gate);
  crew_->gate.pass();
}

}  // namespace nnc
