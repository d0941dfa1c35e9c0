// Whether the workers of a team keep out of each other's way, seen from every byte that they touch.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "ir/interpret/interpret_nests.h"

namespace nnc {

/// Runs workers in shuffled order, and records who has written and read every byte since the last barrier: an
/// InternalError where one worker touches what another writes.
class RaceCheck : public TeamWatch {
 public:
  explicit RaceCheck(uint64_t seed) : random_(seed) {}

  void order(std::vector<int64_t>& workers) override;
  void enter(int64_t worker, const std::string& kernel) override;
  void barrier() override { bytes_.clear(); }
  void touched(const std::byte* first, size_t bytes, bool written) override;

 private:
  struct Byte {
    int64_t writer = -1;
    int64_t reader = -1;  ///< −2: several
  };
  std::mt19937_64 random_;
  std::unordered_map<const std::byte*, Byte> bytes_;
  int64_t worker_ = 0;
  std::string kernel_;
};

}  // namespace nnc
