#include "codegen/compile_threads.h"

#include <sys/resource.h>

#include <algorithm>
#include <deque>
#include <utility>
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

void* call(void* work) {
  (*static_cast<const std::function<void()>*>(work))();
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

bool LargeStackThread::start(std::function<void()> work) {
  join();
  work_ = std::move(work);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStackBytes);
  started_ = pthread_create(&thread_, &attributes, call, &work_) == 0;
  pthread_attr_destroy(&attributes);
  return started_;
}

void LargeStackThread::join() {
  if (started_) pthread_join(thread_, nullptr);
  started_ = false;
}

void run_on_threads(size_t count, const std::function<void(size_t)>& work) {
  std::deque<LargeStackThread> threads;
  std::vector<size_t> left;
  for (size_t i = 1; i < count; ++i) {
    if (!threads.emplace_back().start([&work, i] { work(i); })) left.push_back(i);
  }
  if (count > 0) work(0);
  for (size_t i : left) work(i);
}

}  // namespace nnc
