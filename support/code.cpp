#include "support/code.h"

#include <algorithm>

namespace nnc {

namespace {

/// In the order of the spellings, so that none stands twice.
constexpr bool ascending() {
  for (size_t i = 1; i < kCodeRecords.size(); ++i) {
    if (kCodeRecords[i - 1].spelling >= kCodeRecords[i].spelling) return false;
  }
  return true;
}
static_assert(ascending());

/// A letter for its severity and four digits.
static_assert(std::all_of(kCodeRecords.begin(), kCodeRecords.end(), [](const CodeRecord& code) {
  const std::string_view digits = code.spelling.substr(1);
  return (code.spelling[0] == 'E' || code.spelling[0] == 'W') && digits.size() == 4 &&
         std::all_of(digits.begin(), digits.end(), [](char digit) { return digit >= '0' && digit <= '9'; });
}));

}  // namespace

std::optional<Code> Code::find(std::string_view spelling) {
  const uint16_t index = index_of(spelling);
  if (index == kCodeRecords.size()) return std::nullopt;
  return Code(index);
}

std::vector<Code> Code::all() {
  std::vector<Code> codes;
  for (uint16_t index = 0; index < kCodeRecords.size(); ++index) codes.push_back(Code(index));
  return codes;
}

}  // namespace nnc
