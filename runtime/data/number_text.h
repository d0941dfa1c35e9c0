// Numbers as they stand in data files. The same text gives the same bits under every locale.
#pragma once

#include <string>
#include <string_view>

#include "frontend/types/csv_format.h"

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

/// `text` without the blanks and tabs around it.
std::string_view trimmed(std::string_view text);

/// A decimal number, correctly rounded: optional sign, digits with at most one point (or comma, where that is
/// `decimal`), optional exponent e or E; blanks and tabs around it are skipped. What is too small for a double is a
/// (signed) zero.
ParsedNumber parse_number(std::string_view text, char decimal = '.');

/// Whether the cell is empty or a word for a value that is not known: NA, N/A, null, none, ?, -.
bool is_missing(std::string_view text);

/// What is wrong with a cell of a file of this format in words, with the likely fix: {"'1,5' is not a number", "decimal
/// comma? …"}.
struct NumberComplaint {
  std::string message;
  std::string help;
};
NumberComplaint complain(std::string_view text, NumberFault fault, const CsvFormat& format = {});

}  // namespace nnc
