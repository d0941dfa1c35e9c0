// Which rows train, validate and test, and the order in which an epoch visits them: functions of a seed alone, with the
// same result on every machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/source.h"

namespace nnc {

/// A split's name and its share of the rows.
using SplitShares = std::vector<std::pair<std::string, double>>;
struct SplitRows {
  std::string name;
  std::vector<int32_t> rows;  ///< ascending
};

/// Every row lands in exactly one split. Split k ends at the row nearest to rows × (sum of the shares up to k). Without
/// a seed the splits are cut in the file's order; with one, rows are drawn at random and keep the file's order within
/// their split. Shares are finite, not negative, and sum to 1 within 1e-9; the first split, or the one called "train",
/// gets at least one row: else an error at `where`. At most 2³¹−1 rows.
std::vector<SplitRows> split_rows(int64_t rows, const SplitShares& shares, std::optional<uint64_t> seed,
                                  const Origin& where = {});

/// Which sequence of random permutations is meant; each has counters of its own.
enum class Shuffle : uint32_t { split = 0x53504C54, epoch = 0x45504F43 };

/// Shuffles in place (Fisher–Yates from the back: element i changes places with one of 0 … i). The draw for i is 64
/// bits of philox4x32 under key = seed, counter = (i / 2, 0 , number, kind): the first two words for even i, the last
/// two for odd, scaled to 0 … i by a product of 128 bits, so that no element is preferred by more than 2⁻³².
void shuffle(std::span<int32_t> rows, uint64_t seed, uint32_t number, Shuffle kind);

/// The row order of an epoch (from 0): `rows` shuffled, written to `order` of equal length.
void epoch_order(std::span<const int32_t> rows, uint64_t seed, uint32_t epoch, std::span<int32_t> order);

}  // namespace nnc
