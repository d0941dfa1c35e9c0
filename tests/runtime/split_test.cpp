#include "runtime/data/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/runtime/temp_folder.h"

namespace nnc {
namespace {

std::vector<int32_t> counted(int32_t n) {
  std::vector<int32_t> rows(static_cast<size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

std::vector<int32_t> order_of(int32_t n, uint64_t seed, uint32_t epoch) {
  std::vector<int32_t> order(static_cast<size_t>(n));
  epoch_order(counted(n), seed, epoch, order);
  return order;
}

TEST(Split, WithoutSeedCutsInFileOrder) {
  const auto splits = split_rows(10, {{"train", 0.7}, {"valid", 0.1}, {"test", 0.2}}, std::nullopt);
  ASSERT_EQ(splits.size(), 3u);
  EXPECT_EQ(splits[0].rows, (std::vector<int32_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(splits[1].rows, (std::vector<int32_t>{7}));
  EXPECT_EQ(splits[2].rows, (std::vector<int32_t>{8, 9}));
}

TEST(Split, EveryRowLandsInExactlyOneSplit) {
  for (const int32_t rows : {1, 2, 3, 5, 7, 10, 11, 99, 506, 1000}) {
    for (const uint64_t seed : {0, 1, 2}) {
      const auto splits = split_rows(rows, {{"train", 0.7}, {"valid", 0.1}, {"test", 0.2}}, seed);
      std::vector<int32_t> all;
      for (const SplitRows& split : splits) {
        EXPECT_TRUE(std::is_sorted(split.rows.begin(), split.rows.end()));
        all.insert(all.end(), split.rows.begin(), split.rows.end());
      }
      std::sort(all.begin(), all.end());
      EXPECT_EQ(all, counted(rows));
    }
  }
}

TEST(Split, SizesAreTheNearest) {
  const auto splits = split_rows(506, {{"train", 0.7}, {"valid", 0.1}, {"test", 0.2}}, 1);
  EXPECT_EQ(splits[0].rows.size(), 354u);
  EXPECT_EQ(splits[1].rows.size(), 51u);
  EXPECT_EQ(splits[2].rows.size(), 101u);
}

// These rows are part of what a seed means: they must never change.
TEST(Split, GoldenRows) {
  const auto splits = split_rows(12, {{"train", 0.5}, {"test", 0.5}}, 1);
  EXPECT_EQ(splits[0].rows, (std::vector<int32_t>{1, 2, 4, 7, 8, 10}));
}

TEST(Shuffle, GoldenOrders) {
  EXPECT_EQ(order_of(10, 7, 0), (std::vector<int32_t>{9, 7, 0, 1, 3, 6, 5, 2, 4, 8}));
  EXPECT_EQ(order_of(10, 7, 1), (std::vector<int32_t>{6, 4, 3, 8, 7, 5, 1, 0, 2, 9}));
  EXPECT_EQ(order_of(10, 8, 0), (std::vector<int32_t>{5, 9, 4, 6, 1, 3, 0, 2, 8, 7}));
  EXPECT_EQ(order_of(4, 0xFFFFFFFFFFFFFFFFu, 4000000000u), (std::vector<int32_t>{1, 0, 2, 3}));
}

TEST(Shuffle, IsAPermutation) {
  for (const int32_t n : {0, 1, 2, 3, 17, 1000}) {
    std::vector<int32_t> order = order_of(n, 3, 5);
    std::sort(order.begin(), order.end());
    EXPECT_EQ(order, counted(n));
  }
}

TEST(Shuffle, EveryPermutationOfFourIsAboutEquallyLikely) {
  std::vector<int> seen(256, 0);
  constexpr int kDraws = 24'000;
  for (uint32_t epoch = 0; epoch < kDraws; ++epoch) {
    const std::vector<int32_t> order = order_of(4, 42, epoch);
    ++seen[static_cast<size_t>(order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3])];
  }
  double chi_squared = 0;
  int permutations = 0;
  for (const int count : seen) {
    if (count == 0) continue;
    ++permutations;
    chi_squared += (count - 1000.0) * (count - 1000.0) / 1000.0;
  }
  EXPECT_EQ(permutations, 24);
  EXPECT_LT(chi_squared, 50);  // 23 degrees of freedom: beyond 50 once in a thousand
}

TEST(Split, WrongSharesAreErrors) {
  EXPECT_TRUE(thrown_by([] { split_rows(10, {{"train", 0.7}, {"test", 0.2}}, 1); }).contains("sum to 0.9"));
  EXPECT_TRUE(thrown_by([] { split_rows(10, {{"train", 1.5}, {"test", -0.5}}, 1); }).contains("lies in 0..1"));
  EXPECT_TRUE(thrown_by([] { split_rows(10, {{"train", 0.0 / 0.0}}, 1); }).contains("lies in 0..1"));
  const Thrown located = thrown_by([] { split_rows(10, {{"train", 0.5}}, 1, {"a.nn", 3, 9, ""}); });
  EXPECT_EQ(located.message.rfind("a.nn:3:9: error: ", 0), 0u);
  EXPECT_EQ(located.code, ExitCode::wrong_program);
}

}  // namespace
}  // namespace nnc
