// Changes to a source text, collected and then made at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/source.h"

namespace nnc {

class Edits {
 public:
  /// What is inserted at one place stands in the order of the calls.
  void insert(uint32_t at, std::string text) { replace({at, at}, std::move(text)); }
  /// The ranges that are replaced must not overlap.
  void replace(Range range, std::string text) { edits_.push_back({range, std::move(text)}); }
  std::string apply(std::string_view text) const;

 private:
  struct Edit {
    Range range;
    std::string text;
  };
  std::vector<Edit> edits_;
};

}  // namespace nnc
