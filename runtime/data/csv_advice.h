// What a message says about a CSV file that has another format than it is read by: the question, and the edit that
// answers it.
#pragma once

#include <string>
#include <vector>

#include "runtime/data/csv_guess.h"

namespace nnc {

/// Who says how a file is read, and what is wanted of it.
struct CsvUse {
  enum class Kind : uint8_t {
    declared,  ///< a program's `csv(…)`, which can be changed
    stored,    ///< the training's file, which this one has to be like
    guessed,   ///< nobody: it is guessed, and a warning says so
  };
  struct Wanted {
    std::vector<std::string> columns;  ///< names, or the two ends of a range
    bool is_range = false;
    bool is_text = false;
  };

  Kind kind = Kind::declared;
  std::string written = {};         ///< the path in the program; empty: the file's own
  std::vector<Wanted> wanted = {};  ///< in order of appearance
};

/// Names for the columns of a file without a header line, whose first record is given: those that are wanted, each
/// where it probably stands (texts at texts, the others in their order), and numbers ("column 3") for the rest.
std::vector<std::string> likely_names(const CsvUse& use, const std::vector<CsvCell>& first);

/// "is the separator ';'? csv("wine.csv", separator: ";")" where `likely` is not how the file is read; else empty.
std::string csv_advice(const CsvFormat& now, const CsvFormat& likely, const CsvUse& use);

}  // namespace nnc
