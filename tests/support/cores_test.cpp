#include "support/cores.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "support/core_sets.h"

namespace nnc {
namespace {

namespace fs = std::filesystem;

TEST(Cores, AQuotaGivesSoManyCoresRoundedUp) {
  EXPECT_EQ(cores_of_quota("200000 100000\n"), 2);
  EXPECT_EQ(cores_of_quota("150000 100000"), 2);
  EXPECT_EQ(cores_of_quota("1000 100000"), 1);
  EXPECT_EQ(cores_of_quota("100001 100000"), 2);
  EXPECT_EQ(cores_of_quota("9223372036854775807 1"), 2147483647);
}

TEST(Cores, WhatSaysNoQuotaLimitsNothing) {
  for (const char* text : {"max 100000", "", "-1 100000", "100000", "100000 0", "0 100000", "two of three", "\n"})
    EXPECT_EQ(cores_of_quota(text), std::nullopt) << text;
}

/// A folder as the system shows it at /sys/fs/cgroup.
class Groups : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("nnc_cores_" + std::to_string(::getpid()));
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
  }
  std::optional<int> cores(const std::string& groups) const { return cores_of_groups(groups, root_.string()); }

  fs::path root_;
};

TEST_F(Groups, TheLeastOfAGroupAndThoseAboveItCounts) {
  write("a/cpu.max", "300000 100000\n");
  write("a/b/cpu.max", "max 100000\n");
  write("a/b/c/cpu.max", "800000 100000\n");
  EXPECT_EQ(cores("0::/a/b/c\n"), 3);
  EXPECT_EQ(cores("0::/a/b\n"), 3);
  EXPECT_EQ(cores("0::/\n"), std::nullopt);
  EXPECT_EQ(cores("0::/elsewhere\n"), std::nullopt);
}

TEST_F(Groups, AContainerSeesItsGroupAsTheHighest) {
  write("cpu.max", "200000 100000\n");
  EXPECT_EQ(cores("0::/\n"), 2);
  EXPECT_EQ(cores("0::/docker/4f\n"), 2);
}

TEST_F(Groups, TheFirstVersionHasTwoFilesOfTheControllerCpu) {
  write("cpu/jobs/cpu.cfs_quota_us", "250000\n");
  write("cpu/jobs/cpu.cfs_period_us", "100000\n");
  write("cpu/free/cpu.cfs_quota_us", "-1\n");
  write("cpu/free/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(cores("4:memory:/jobs\n3:cpuset:/jobs\n1:cpu,cpuacct:/jobs\n0::/\n"), 3);
  EXPECT_EQ(cores("1:cpu:/free\n0::/\n"), std::nullopt);
  EXPECT_EQ(cores("3:cpuset:/jobs\n2:cpuacct:/jobs\n"), std::nullopt);
  EXPECT_EQ(cores("no groups\n:\n1:cpu:\n1:cpu:jobs\n"), std::nullopt);
}

TEST(Cores, TheAffinityMaskLimitsThem) {
  EXPECT_GE(usable_cores(), 1);
  std::thread([] {  // the mask is the thread's
    cpu_set_t mask;
    CPU_ZERO(&mask);
    ASSERT_EQ(::sched_getaffinity(0, sizeof mask, &mask), 0);
    EXPECT_LE(usable_cores(), CPU_COUNT(&mask));
    int first = 0;
    while (!CPU_ISSET(first, &mask)) ++first;
    CPU_ZERO(&mask);
    CPU_SET(first, &mask);
    ASSERT_EQ(::sched_setaffinity(0, sizeof mask, &mask), 0);
    EXPECT_EQ(usable_cores(), 1);
  })
      .join();
}

using Sets = std::vector<std::vector<int>>;

TEST(CoreSets, APhysicalCoreBelongsToOneSet) {
  const std::vector<LogicalCore> cores{{0, 7}, {1, 8}, {2, 9}, {3, 10}, {4, 7}, {5, 8}, {6, 9}, {7, 10}};
  EXPECT_EQ(divided(cores, 4), (Sets{{0, 4}, {1, 5}, {2, 6}, {3, 7}}));
  EXPECT_EQ(divided(cores, 3), (Sets{{0, 3, 4, 7}, {1, 5}, {2, 6}}));
  EXPECT_EQ(divided(cores, 8), (Sets{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}}));
  EXPECT_EQ(divided({{5, 1}, {2, 1}}, 2), (Sets{{2}, {5}}));
}

TEST(CoreSets, FewerCoresThanSetsAreNotDivided) {
  EXPECT_EQ(divided({{0, 0}}, 2), Sets{});
  EXPECT_EQ(divided({}, 1), Sets{});
}

TEST(CoreSets, AThreadRunsOnThemForAWhile) {
  auto numbers = [] {
    std::vector<int> result;
    for (const LogicalCore& core : cores_of_process()) result.push_back(core.number);
    return result;
  };
  const std::vector<int> before = numbers();
  ASSERT_FALSE(before.empty());
  {
    const OnCores one({before.back()});
    EXPECT_EQ(numbers(), std::vector{before.back()});
    EXPECT_EQ(::sched_getcpu(), before.back());
  }
  EXPECT_EQ(numbers(), before);
  const OnCores none({});
  EXPECT_EQ(numbers(), before);
}

}  // namespace
}  // namespace nnc
