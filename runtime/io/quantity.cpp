#include "runtime/io/quantity.h"

#include <fmt/format.h>

namespace nnc {

std::string counted(int64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string bytes_text(int64_t bytes) {
  auto amount = static_cast<double>(bytes);
  if (amount < 1e4) return counted(bytes, "byte");
  for (const char* unit : {"kB", "MB", "GB"}) {
    amount /= 1e3;
    if (amount < 1e3) return fmt::format("{:.3g} {}", amount, unit);
  }
  return fmt::format("{:.3g} TB", amount / 1e3);
}

std::string duration(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.0f} us", seconds * 1e6);
  if (seconds < 1) return fmt::format("{:.0f} ms", seconds * 1e3);
  if (seconds < 100) return fmt::format("{:.1f} s", seconds);
  if (seconds > 3.15e9) return "more than 100 years";
  auto whole = static_cast<int64_t>(seconds);
  if (whole < 6000) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace nnc
