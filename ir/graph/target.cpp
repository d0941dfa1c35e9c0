#include "ir/graph/target.h"

#include <fmt/format.h>

#include <array>

namespace nnc {

namespace {
constexpr std::array<std::string_view, 4> kTiers{"generic", "avx2", "avx512", "neon"};
}  // namespace

Target Target::of(Tier tier) {
  Target target;
  target.tier = tier;
  switch (tier) {
    case Tier::generic: break;
    case Tier::avx2:
      target.vector_bytes = 32;
      target.has_fma = true;
      break;
    case Tier::avx512:
      target.vector_bytes = 64;
      target.vector_registers = 32;
      target.has_fma = true;
      target.has_mask_registers = true;
      break;
    case Tier::neon:
      target.vector_registers = 32;
      target.has_fma = true;
      break;
  }
  return target;
}

std::string to_string(const Target& target) {
  if (target == Target::of(target.tier)) return std::string(spelling(target.tier));
  return fmt::format("{} vector_bytes {} registers {} fma {} masks {} l1 {} l2 {}", spelling(target.tier),
                     target.vector_bytes, target.vector_registers, target.has_fma ? 1 : 0,
                     target.has_mask_registers ? 1 : 0, target.l1_bytes, target.l2_bytes);
}

std::string_view spelling(Tier tier) { return kTiers[static_cast<size_t>(tier)]; }

std::optional<Tier> parse_tier(std::string_view text) {
  for (size_t i = 0; i < kTiers.size(); ++i) {
    if (kTiers[i] == text) return static_cast<Tier>(i);
  }
  return std::nullopt;
}

}  // namespace nnc
