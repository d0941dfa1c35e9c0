#include "runtime/data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "ir/scalar/philox.h"
#include "runtime/io/data_error.h"
#include "support/fault.h"

namespace nnc {
namespace {

void check_shares(const SplitShares& shares, const Origin& where) {
  double sum = 0;
  for (const auto& [name, share] : shares) {
    if (!(share >= 0 && share <= 1)) {
      throw origin_failure(where, fmt::format("the share of split {} is {}: it lies in 0..1", in_quotes(name), share));
    }
    sum += share;
  }
  if (std::abs(sum - 1) > 1e-9) throw origin_failure(where, fmt::format("the shares sum to {:.6g}, not to 1", sum));
}

/// The index in 0 … last that 64 random bits give.
size_t scaled(uint32_t high, uint32_t low, size_t last) {
  const uint64_t bits = uint64_t{high} << 32 | low;
  const uint64_t count = uint64_t{last} + 1;
  // the high half of the 128-bit product; count < 2³², so two 64-bit products are enough
  return static_cast<size_t>(((bits >> 32) * count + (((bits & 0xFFFFFFFFu) * count) >> 32)) >> 32);
}

}  // namespace

void shuffle(std::span<int32_t> rows, uint64_t seed, uint32_t number, Shuffle kind) {
  const std::array<uint32_t, 2> key{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  std::array<uint32_t, 4> bits{};
  size_t block = std::numeric_limits<size_t>::max();
  for (size_t i = rows.size(); i-- > 1;) {
    if (i / 2 != block) {
      block = i / 2;
      bits = philox4x32({static_cast<uint32_t>(block), 0, number, static_cast<uint32_t>(kind)}, key);
    }
    const size_t half = (i % 2) * 2;
    std::swap(rows[i], rows[scaled(bits[half], bits[half + 1], i)]);
  }
}

std::vector<SplitRows> split_rows(int64_t rows, const SplitShares& shares, std::optional<uint64_t> seed,
                                  const Origin& where) {
  check_shares(shares, where);
  if (rows > std::numeric_limits<int32_t>::max()) {
    throw origin_failure(where,
                         fmt::format("{} rows, more than the limit of {}", rows, std::numeric_limits<int32_t>::max()));
  }
  std::vector<int32_t> order(static_cast<size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  if (seed) shuffle(order, *seed, 0, Shuffle::split);
  std::vector<SplitRows> splits;
  double sum = 0;
  int64_t begin = 0;
  for (size_t k = 0; k < shares.size(); ++k) {
    sum += shares[k].second;
    const auto nearest = static_cast<int64_t>(std::floor(static_cast<double>(rows) * sum + 0.5));
    const int64_t end = k + 1 == shares.size() ? rows : std::clamp(nearest, begin, rows);
    splits.push_back({shares[k].first, {order.begin() + begin, order.begin() + end}});
    std::sort(splits.back().rows.begin(), splits.back().rows.end());
    begin = fault(Fault::split_overlaps) ? std::max<int64_t>(end - 1, 0) : end;
  }
  const auto named = std::find_if(splits.begin(), splits.end(), [](const SplitRows& s) { return s.name == "train"; });
  const SplitRows& train = named == splits.end() ? splits.front() : *named;
  if (train.rows.empty()) {
    throw origin_failure(where,
                         fmt::format("split {} is left without a row: {} rows in all", in_quotes(train.name), rows));
  }
  return splits;
}

void epoch_order(std::span<const int32_t> rows, uint64_t seed, uint32_t epoch, std::span<int32_t> order) {
  NNC_ASSERT(rows.size() == order.size(), "an order of another length");
  std::copy(rows.begin(), rows.end(), order.begin());
  shuffle(order, seed, epoch, Shuffle::epoch);
}

}  // namespace nnc
