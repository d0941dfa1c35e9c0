// Numbers as they stand in data files. The same text gives the same bits under every locale.
#pragma once

#include <string>
#include <string_view>

namespace nnc {

enum class NumberFault {
  none,
  empty,
  malformed,
  not_finite,    ///< nan, inf: written, but no number to train on
  out_of_range,  ///< beyond the largest double
};

struct ParsedNumber {
  double value = 0;
  NumberFault fault = NumberFault::none;
};

/// A decimal number, correctly rounded: optional sign, digits with at most one point, optional exponent e or E; blanks
/// and tabs around it are skipped. What is too small for a double is a (signed) zero.
ParsedNumber parse_number(std::string_view text);

/// What is wrong with a cell in words, with the likely fix: {"'1,5' is not a number", "write 1.5, with a point"}.
struct NumberComplaint {
  std::string message;
  std::string help;
};
NumberComplaint complain(std::string_view text, NumberFault fault);

}  // namespace nnc
