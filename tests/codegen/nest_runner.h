// What the tests of codegen share: programs of one or few kernels over an arena, the tiers that run here, guarded
// memory, and the comparison of compiled code with the nest interpreter, bit by bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "ir/nest/nest_builder.h"
#include "ir/nest/nest_program.h"
#include "ir/nest/step_arguments.h"

namespace nnc::testing {

/// The tiers whose code this machine runs.
std::vector<Tier> tiers_here();
inline constexpr Tier kAllTiers[] = {Tier::generic, Tier::avx2, Tier::avx512, Tier::neon};

/// Bytes whose last one lies just before a page that must not be touched, and whose first page follows such a one. So a
/// load or store outside ends the test.
class GuardedBytes {
 public:
  explicit GuardedBytes(size_t size);
  ~GuardedBytes();
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;
  std::byte* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::byte* pages_ = nullptr;
  size_t mapped_ = 0;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// One kernel, each parameter a temporary of its own, placed one after the other (64 bytes apart at least).
NestProgram program_of(Kernel kernel, Target target, int64_t capacity = 1, bool exact = true);

/// Elements of a buffer, from its first to its last.
int64_t extent(const Buffer& buffer);

/// Values of the element that make trouble (zeros, ones, infinities, NaN, denormals, limits) and random ones between.
void fill(std::span<std::byte> bytes, Element element, uint64_t seed, bool special = true);

/// Fills the arena buffer by buffer.
void fill_arena(const NestProgram& program, std::byte* arena, uint64_t seed, bool special = true);

/// Runs the program compiled and interpreted from the same arena and asserts that all buffers hold the same bits
/// afterwards; NaNs are equal to each other.
void expect_same_bits(const NestProgram& program, uint64_t seed = 1, int64_t rows = 1);
/// Whether two arrays are the same bits, NaNs being equal; else what differs first.
std::string difference(std::span<const std::byte> a, std::span<const std::byte> b, Element element);

/// Builds `kernel(builder)` for each tier that runs here, and compares.
void on_every_tier(const std::function<void(NestBuilder&, const Target&)>& build, int64_t capacity = 1,
                   bool exact = true, int64_t rows = 1);

}  // namespace nnc::testing
