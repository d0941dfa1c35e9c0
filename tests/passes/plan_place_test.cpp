// The ways to place what lives between two stages each: nothing shares a byte, the block is hardly larger than that of
// a search through all pairs, and the work grows like n log n.
#include "passes/plan/place.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "passes/plan.h"
#include "tests/fuzz/random_graph.h"
#include "tests/passes/nest_run.h"

namespace nnc {
namespace {

using Tenants = std::vector<Tenant>;

/// `count` layers: each keeps a value until its backward half, which lies as far behind the middle as it before.
Tenants layers(int count, const std::function<int64_t(int)>& bytes) {
  Tenants tenants;
  for (int i = 0; i < count; ++i) {
    tenants.push_back({{i, 2 * count - i}, bytes(i)});
    tenants.push_back({{2 * count - i - 1, 2 * count - i}, bytes(i)});
  }
  return tenants;
}

Tenants equal_layers(int count) {
  return layers(count, [](int) { return 4096; });
}
Tenants mixed_layers(int count) {
  return layers(count, [](int i) { return kAlignment * (1 + i * 7919 % 300); });
}
/// Elementwise steps in kernels of four: the values between them, some kept, some read by the next kernel only.
Tenants chain(int count) {
  Tenants tenants;
  for (int i = 0; i < count; ++i) {
    int kernel = i / 4, end = 2 * ((count + 3) / 4);
    tenants.push_back({{kernel, i % 4 == 3 ? kernel + 1 : end - kernel}, 64});
  }
  return tenants;
}
/// A cell's gates and states of several sizes, each kept until its turn comes back, and the gradients between turns.
Tenants unrolled(int turns) {
  Tenants tenants;
  int end = 10 * turns;
  for (int turn = 0; turn < turns; ++turn) {
    int now = 5 * turn, back = end - now;
    for (int gate = 0; gate < 5; ++gate) tenants.push_back({{now + gate, back - gate}, gate < 3 ? 1536 : 512});
    for (int64_t bytes : {4608, 1536, 512}) tenants.push_back({{back - 4, back}, bytes});
  }
  return tenants;
}
Tenants passing(int count) {
  std::mt19937 random(7);
  Tenants tenants;
  for (int i = 0; i < count; ++i) {
    auto life = static_cast<int>(1 + random() % 3);
    tenants.push_back({{i, i + life}, kAlignment << (random() % 14)});
  }
  return tenants;
}
Tenants mingled(int count) {
  std::mt19937 random(11);
  Tenants tenants;
  for (int i = 0; i < count; ++i) {
    auto first = static_cast<int>(random() % static_cast<unsigned>(count));
    const unsigned longest = random() % 4 == 0 ? static_cast<unsigned>(count) : 5U;
    auto life = static_cast<int>(random() % longest);
    tenants.push_back({{first, std::min(count, first + life)}, kAlignment << (random() % 14)});
  }
  return tenants;
}

struct Family {
  const char* name;
  Tenants (*make)(int);
};
constexpr Family kFamilies[] = {{"equal layers", equal_layers}, {"mixed layers", mixed_layers}, {"chain", chain},
                                {"unrolled", unrolled},         {"passing", passing},           {"mingled", mingled}};

/// By size, beside all that is alive: every pair is looked at.
int64_t bytes_by_search(const Tenants& tenants) {
  std::vector<size_t> order(tenants.size()), placed;
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return tenants[a].bytes > tenants[b].bytes; });
  std::vector<int64_t> offsets(tenants.size(), 0);
  int64_t whole = 0;
  for (size_t number : order) {
    const Tenant& tenant = tenants[number];
    PageStarts taken = 0;
    for (size_t other : placed) {
      bool apart = tenant.is_large() && tenants[other].is_large() && tenants[other].life.meets(tenant.life);
      if (apart) taken |= page_start(offsets[other]);
    }
    int64_t offset = untaken_from(0, taken);
    for (size_t other : placed) {
      int64_t end = offsets[other] + tenants[other].bytes;
      if (offsets[other] >= offset + tenant.bytes) break;
      if (end > offset && tenants[other].life.meets(tenant.life)) offset = untaken_from(end, taken);
    }
    offsets[number] = offset;
    whole = std::max(whole, offset + tenant.bytes);
    auto after = std::upper_bound(placed.begin(), placed.end(), offset,
                                  [&](int64_t at, size_t other) { return at < offsets[other]; });
    placed.insert(after, number);
  }
  return whole;
}

/// Also that two large ones differ in their starts, where a page has one for each.
void expect_apart(const Tenants& tenants, const Placement& placement) {
  ASSERT_EQ(placement.offsets.size(), tenants.size());
  auto large = std::count_if(tenants.begin(), tenants.end(), [](const Tenant& tenant) { return tenant.is_large(); });
  for (size_t a = 0; a < tenants.size(); ++a) {
    int64_t begin = placement.offsets[a], end = begin + tenants[a].bytes;
    EXPECT_EQ(begin % kAlignment, 0);
    EXPECT_LE(end, placement.bytes);
    for (size_t b = 0; b < a; ++b) {
      if (!tenants[a].life.meets(tenants[b].life)) continue;
      int64_t other = placement.offsets[b];
      ASSERT_TRUE(other >= end || begin >= other + tenants[b].bytes) << a << " and " << b;
      bool both = tenants[a].is_large() && tenants[b].is_large() && large <= kPage / kAlignment;
      ASSERT_TRUE(!both || page_start(begin) != page_start(other)) << a << " and " << b;
    }
  }
}

TEST(Place, NothingAliveSharesAByteWhicheverWay) {
  for (const Family& family : kFamilies) {
    for (int size : {1, 2, 7, 30, 150}) {
      SCOPED_TRACE(testing::Message() << family.name << " " << size);
      Tenants tenants = family.make(size);
      std::vector<size_t> order(tenants.size());
      for (size_t i = 0; i < order.size(); ++i) order[i] = (i * 7919) % order.size();
      std::sort(order.begin(), order.end());
      std::shuffle(order.begin(), order.end(), std::mt19937(3));
      expect_apart(tenants, place(tenants));
      expect_apart(tenants, place_by_size(tenants, order));
      expect_apart(tenants, place_stacked(tenants, order));
      expect_apart(tenants, place_swept(tenants, order, Sweep::forwards));
      expect_apart(tenants, place_swept(tenants, order, Sweep::backwards));
    }
  }
}

TEST(Place, NoTenantsNeedNothing) {
  Placement none = place({});
  EXPECT_EQ(none.bytes, 0);
  EXPECT_TRUE(none.offsets.empty());
}

TEST(Place, TheBlockIsHardlyLargerThanThatOfASearchThroughAllPairs) {
  for (const Family& family : kFamilies) {
    for (int size : {5, 20, 60, 120, 250, 500, 1000, 2000}) {
      Tenants tenants = family.make(size);
      auto bytes = static_cast<double>(place(tenants).bytes), searched = static_cast<double>(bytes_by_search(tenants));
      EXPECT_LE(bytes, 1.02 * searched) << family.name << " " << size;
      EXPECT_GE(bytes, static_cast<double>(largest_live_set(tenants)));
    }
  }
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    RandomGraphOptions options;
    options.max_nodes = seed % 4 == 0 ? 300 : 60;
    NestProgram program =
        lowered(random_graph(seed, options), options_for(Tier::avx2, 5, true, seed % 3 == 0 ? 0 : -1));
    Tenants tenants;
    std::vector<Lifetime> lives = lifetimes(program);
    for (size_t id = 0; id < lives.size(); ++id) {
      const Buffer& buffer = program.buffers[id];
      if (buffer.role != BufferRole::temporary || !lives[id].used()) continue;
      tenants.push_back({lives[id], (buffer.bytes + kAlignment - 1) / kAlignment * kAlignment});
    }
    EXPECT_LE(static_cast<double>(program.arena_bytes), 1.02 * static_cast<double>(bytes_by_search(tenants))) << seed;
  }
}

TEST(Place, TwiceAsManyTakeLittleMoreThanTwiceTheSteps) {
  for (const Family& family : kFamilies) {
    std::vector<double> steps;
    for (int size = 500; size <= 16000; size *= 2) {
      Tenants tenants = family.make(size);
      auto n = static_cast<double>(tenants.size());
      steps.push_back(static_cast<double>(place(tenants).steps));
      EXPECT_LE(steps.back(), 48 * n * std::log2(n)) << family.name << " " << size;
    }
    // Where lives and sizes are drawn at random, another way may win from one size to the next.
    bool random = family.make == passing || family.make == mingled;
    for (size_t i = 1; i < steps.size() && !random; ++i)
      EXPECT_LE(steps[i], 2.2 * steps[i - 1]) << family.name << " " << i;
  }
}

}  // namespace
}  // namespace nnc
