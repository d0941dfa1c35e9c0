#include "frontend/syntax/edits.h"

#include <algorithm>

namespace nnc {

std::string Edits::apply(std::string_view text) const {
  std::vector<Edit> ordered = edits_;
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const Edit& a, const Edit& b) { return a.range.begin < b.range.begin; });
  std::string result;
  uint32_t at = 0;
  for (const Edit& edit : ordered) {
    result += text.substr(at, edit.range.begin - at);
    result += edit.text;
    at = edit.range.end;
  }
  result += text.substr(at);
  return result;
}

}  // namespace nnc
