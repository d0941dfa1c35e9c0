// How the text of a CSV file is cut into fields and numbers: what `csv(…)` says of it.
#pragma once

#include <string>
#include <vector>

namespace nnc {

struct CsvFormat {
  static constexpr char kBlanks = ' ';  ///< as separator: runs of blanks and tabs

  char separator = ',';
  char decimal = '.';
  std::vector<std::string> names = {};  ///< of the columns, where no header line names them; else empty

  bool operator==(const CsvFormat&) const = default;
};

/// A separator as a program writes it: `";"`, `"\t"`, `blank`.
std::string separator_text(char separator);

/// A separator in a sentence: "';'", "a tab", "blanks".
std::string separator_words(char separator);

/// `["a", "b"]`: a list of strings as a program writes it.
std::string names_text(const std::vector<std::string>& names);

/// `csv("wine.csv", separator: ";")`: the source that says this format; defaults are left out.
std::string csv_text(const std::string& path, const CsvFormat& format);

}  // namespace nnc
