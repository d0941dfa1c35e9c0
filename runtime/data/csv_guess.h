// What the beginning of a CSV file says of its format, for advice where it cannot be read as declared, and for commands
// that nobody tells the format. A guess never decides what is trained on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/types/csv_format.h"

namespace nnc {

/// A field at the beginning of a file.
struct CsvCell {
  std::string text;
  bool quoted = false;
};
/// The first records, at most 50, blank lines left out.
using CsvSample = std::vector<std::vector<CsvCell>>;

/// The beginning of a file: `all` says whether it ends there.
struct CsvStart {
  std::string text;
  bool all = false;

  /// The records cut at `separator`; none where quotes do not allow it.
  CsvSample cut(char separator) const;
};

/// Whether the first record holds values rather than the names of columns: a number in it (unless such numbers count
/// up) or texts that occur below it, and no text above numbers.
bool begins_with_values(const CsvSample& sample);
/// Whether the first record names columns: texts only, one of them above numbers.
bool begins_with_names(const CsvSample& sample);
/// Whether every row has one field more than the first record, and that field is the row's name (R writes such files).
bool has_row_names(const CsvSample& sample, char separator);

/// "column 3": what a column without a name is called.
std::string column_number(size_t column);

/// The format in which the beginning is a table of two columns or more; none if there is no such. Of several the one
/// with most numbers, but always `preferred` if it is one of them. Without a header line the names are the columns'
/// numbers.
std::optional<CsvFormat> guess_format(const CsvStart& start, std::optional<char> preferred = std::nullopt);

}  // namespace nnc
