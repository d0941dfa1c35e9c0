#include "codegen/compile_threads.h"

#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include "support/cores.h"
#include "support/free_memory.h"

namespace nnc {

namespace {

/// As much as a command has: LLVM walks what it compiles by recursion.
constexpr size_t kStackBytes = size_t{8} << 20;
/// What a thread may take: its stack, LLVM's tables of a target and what it compiles, with room to spare.
constexpr int64_t kThreadBytes = int64_t{64} << 20;
/// More of them wait for the one that compiles the largest kernel.
constexpr int kMostAtOnce = 16;

struct Job {
  const std::function<void(size_t)>& work;
  size_t number = 0;
  pthread_t thread{};
  bool started = false;
};

void* run_job(void* argument) {
  auto* job = static_cast<Job*>(argument);
  job->work(job->number);
  return nullptr;
}

/// A thread reserves far more addresses than it uses memory, and keeps them: the program may need those.
bool address_space_is_limited() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

}  // namespace

int compile_threads() {
  const int cores = std::min(usable_cores(), kMostAtOnce);
  if (cores == 1 || address_space_is_limited()) return 1;
  return static_cast<int>(std::clamp<int64_t>(free_memory() / kThreadBytes, 1, cores));
}

void run_on_threads(size_t count, const std::function<void(size_t)>& work) {
  std::vector<Job> jobs;
  for (size_t i = 1; i < count; ++i) jobs.push_back({work, i});
  if (!jobs.empty()) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    for (Job& job : jobs) job.started = pthread_create(&job.thread, &attributes, run_job, &job) == 0;
    pthread_attr_destroy(&attributes);
  }
  if (count > 0) work(0);
  for (Job& job : jobs) {
    if (job.started) {
      pthread_join(job.thread, nullptr);
    } else {
      work(job.number);
    }
  }
}

}  // namespace nnc
