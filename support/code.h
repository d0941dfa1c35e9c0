// The code of a diagnostic. Each is one of the list in support/code_list.h; another spelling does not compile.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "support/code_list.h"

namespace nnc {

/// A value of the list, as small as an enumerator. Where one is wanted, a literal does: `fail("E0312", …)`.
class Code {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a literal is checked where it stands.
  consteval Code(const char* spelling) : index_(index_of(spelling)) {
    if (index_ == kCodeRecords.size()) no_such_code();
  }

  /// A code that somebody typed; none where the list has no such spelling.
  static std::optional<Code> find(std::string_view spelling);
  /// All of them, in the order of their spellings.
  static std::vector<Code> all();

  constexpr std::string_view spelling() const { return kCodeRecords[index_].spelling; }
  constexpr std::string_view meaning() const { return kCodeRecords[index_].meaning; }
  constexpr SaidBy said_by() const { return kCodeRecords[index_].said_by; }

  friend constexpr auto operator<=>(Code, Code) = default;

 private:
  explicit constexpr Code(uint16_t index) : index_(index) {}

  static void no_such_code() {}  // not constexpr: what reaches it does not compile
  static constexpr uint16_t index_of(std::string_view spelling) {
    size_t index = 0;
    while (index < kCodeRecords.size() && kCodeRecords[index].spelling != spelling) ++index;
    return static_cast<uint16_t>(index);
  }

  uint16_t index_;
};

}  // namespace nnc
