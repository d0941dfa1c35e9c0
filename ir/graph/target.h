// What passes may know of the machine: a tier's registers, vectors and caches. No LLVM here; codegen maps a tier to a
// triple and features. Plans depend on the tier alone, never on a measurement, so that bits do not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ir/scalar/type.h"

namespace nnc {

enum class Tier : uint8_t { generic, avx2, avx512, neon };

struct Target {
  Tier tier = Tier::generic;
  int vector_bytes = 16;
  int vector_registers = 16;
  bool has_fma = false;  ///< else a contraction multiplies and adds
  bool has_mask_registers = false;
  int64_t l1_bytes = 32 * 1024;
  int64_t l2_bytes = 512 * 1024;

  /// Elements of one vector.
  int lanes(Element element) const { return static_cast<int>(vector_bytes / byte_size(element)); }
  static Target of(Tier tier);
  bool operator==(const Target&) const = default;
};

std::string_view spelling(Tier tier);  ///< "generic", "avx2", "avx512", "neon"
std::optional<Tier> parse_tier(std::string_view text);
/// "avx2"; of one that differs from its tier every number: "avx2 vector_bytes 32 registers 12 …".
std::string to_string(const Target& target);

}  // namespace nnc
