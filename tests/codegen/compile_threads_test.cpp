#include "codegen/compile_threads.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <optional>
#include <thread>
#include <vector>

#include "codegen/memory_guard.h"
#include "support/cores.h"

namespace nnc {
namespace {

TEST(CompileThreads, AreNoMoreThanTheCores) {
  EXPECT_GE(compile_threads(), 1);
  EXPECT_LE(compile_threads(), usable_cores());
}

// `ulimit -v` counts what a thread reserves, whether it uses it or not.
TEST(CompileThreads, WhereTheAddressSpaceIsLimitedThereIsOne) {
  auto limited = [] {
    rlimit limit{};
    ::getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = rlim_t{1} << 46;
    ::setrlimit(RLIMIT_AS, &limit);
    std::_Exit(compile_threads());
  };
  EXPECT_EXIT(limited(), testing::ExitedWithCode(1), "");
}

TEST(CompileThreads, EachPieceOfWorkIsDoneOnceAndTheFirstHere) {
  for (size_t count : {0, 1, 2, 50}) {
    std::vector<std::atomic<int>> done(count);
    std::thread::id first;
    run_on_threads(count, [&](size_t i) {
      ++done[i];
      if (i == 0) first = std::this_thread::get_id();
    });
    for (const std::atomic<int>& each : done) EXPECT_EQ(each, 1);
    EXPECT_EQ(first, count > 0 ? std::this_thread::get_id() : std::thread::id());
  }
}

/// What `new` does where the system refuses it memory.
bool is_told_of_no_memory() {
  try {
    std::get_new_handler()();
  } catch (const std::bad_alloc&) {
    return true;
  }
  return false;
}

TEST(MemoryGuard, EndsTheProcessOnItsOwnThreadOnly) {
  auto on_two_threads = [](bool guarded_here) {
    std::atomic<int> stage = 0;
    LargeStackThread other;
    other.start([&] {
      std::optional<MemoryGuard> guard;
      if (!guarded_here) guard.emplace();
      stage = 1;
      while (stage == 1) std::this_thread::yield();
    });
    while (stage == 0) std::this_thread::yield();
    std::optional<MemoryGuard> guard;
    if (guarded_here) guard.emplace();
    const bool told = is_told_of_no_memory();
    stage = 2;
    other.join();
    return told;
  };
  EXPECT_TRUE(on_two_threads(false));
  EXPECT_EXIT(on_two_threads(true), testing::ExitedWithCode(3), "no memory to compile");
}

}  // namespace
}  // namespace nnc
