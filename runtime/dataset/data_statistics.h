// The running figures of one column: count, range, mean and squares (Welford), and its classes while they are few.
#pragma once

#include <string_view>

#include "runtime/dataset/data_profile.h"

namespace nnc {

class ColumnStatistics {
 public:
  explicit ColumnStatistics(std::string name, char decimal = '.') : decimal_(decimal) {
    profile_.name = std::move(name);
  }

  /// A field of a text file; `where` is asked only for the first missing one and the first text.
  template <typename Where>
  void add_field(std::string_view text, Where&& where) {
    Kind kind = add(text);
    if (kind == Kind::missing && profile_.missing == 1) profile_.first_missing = where();
    if (kind == Kind::text && profile_.texts == 1) profile_.first_text = where();
  }
  void add_number(double value);
  /// A number that may be a class.
  void add_value(double value);

  /// The finished profile, with a type that follows from what was seen if `type` is empty.
  ColumnProfile finish(const std::string& type = "");

 private:
  enum class Kind { number, missing, text };
  Kind add(std::string_view text);
  void count_class(std::string_view text);

  ColumnProfile profile_;
  char decimal_;  ///< the sign in its numbers
  double squares_ = 0;
  bool whole_ = true;      ///< every number was written as a whole one
  bool countable_ = true;  ///< the classes are few so far
};

}  // namespace nnc
