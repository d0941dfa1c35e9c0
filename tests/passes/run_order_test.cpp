// The order of kernel groups while they are made: right for every question, and cheap for those that a long chain asks.
#include "passes/fuse/run_order.h"

#include <gtest/gtest.h>

#include <random>

namespace nnc {
namespace {

/// Every pair, by following the edges.
std::vector<std::vector<bool>> closure_of(const RunOrder& order, size_t count) {
  std::vector<std::vector<bool>> reached(count, std::vector<bool>(count, false));
  for (GroupId group = 0; group < count; ++group) {
    for (GroupId earlier : order.before(group)) reached[earlier][group] = true;
  }
  for (size_t via = 0; via < count; ++via) {
    for (size_t a = 0; a < count; ++a) {
      for (size_t b = 0; b < count; ++b) reached[a][b] = reached[a][b] || (reached[a][via] && reached[via][b]);
    }
  }
  return reached;
}

TEST(RunOrder, AnswersWhatFollowingTheEdgesDoes) {
  constexpr GroupId kGroups = 24;
  for (uint32_t seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    RunOrder order;
    for (GroupId group = 0; group < kGroups; ++group) order.append();
    std::vector<bool> merged(kGroups, false);
    auto any = [&] { return static_cast<GroupId>(random() % kGroups); };
    for (int step = 0; step < 60; ++step) {
      GroupId a = any(), b = any();
      if (a == b || merged[a] || merged[b]) continue;
      std::vector<std::vector<bool>> reached = closure_of(order, kGroups);
      if (step % 10 == 9) {
        bool around = false;  // something that would have to run between the two
        for (GroupId c = 0; c < kGroups; ++c)
          around = around || (reached[a][c] && reached[c][b]) || (reached[b][c] && reached[c][a]);
        if (around) continue;
        order.merge(a, b);
        merged[a] = true;
      } else if (!reached[b][a]) {
        order.put_before(a, b);
      }
      reached = closure_of(order, kGroups);
      for (GroupId x = 0; x < kGroups; ++x) {
        for (GroupId y = 0; y < kGroups; ++y) ASSERT_EQ(order.precedes(x, y), x != y && reached[x][y]) << seed;
      }
    }
  }
}

/// A forward chain, a backward chain that reads it, and an update a link: what a network of n layers asks.
int64_t visits_of_network(GroupId layers) {
  RunOrder order;
  for (GroupId group = 0; group < 3 * layers; ++group) order.append();
  auto backward = [&](GroupId i) { return 2 * layers - 1 - i; };
  auto update = [&](GroupId i) { return 2 * layers + i; };
  for (GroupId i = 0; i + 1 < layers; ++i) {
    order.put_before(i, i + 1);
    order.put_before(backward(i + 1), backward(i));
  }
  order.put_before(layers - 1, backward(layers - 1));
  for (GroupId i = 0; i < layers; ++i) {
    EXPECT_FALSE(order.precedes(update(i), i));
    order.put_before(backward(i), update(i));
    order.put_before(i, update(i));
    EXPECT_FALSE(order.precedes(update(i), layers - 1));
  }
  return order.visits();
}

TEST(RunOrder, WorkGrowsWithTheNetworkOnly) {
  EXPECT_LE(visits_of_network(2000), 2.2 * static_cast<double>(visits_of_network(1000)));
}

}  // namespace
}  // namespace nnc
