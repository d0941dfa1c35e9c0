// Class labels. What the classes are is learnt from the rows of the train split; a label that is none of them is an
// error at its place in the file, wherever it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/data/column.h"
#include "runtime/data/csv.h"

namespace nnc {

/// The classes of a column: texts in sorted order (by bytes), or whole numbers 0 … classes−1 without names.
struct Vocabulary {
  std::vector<std::string> names;  ///< empty for numbers
  int64_t classes = 0;

  bool is_numeric() const { return names.empty(); }
};

/// Learns the classes of the text column `column` of `data` (of several fields: one list for all) from the given rows.
/// If all its labels there are whole numbers they are the classes: 0 … declared−1, or, where nothing is declared (a
/// size that the data decides), exactly 0 … K−1, each present. Otherwise each text is a class, as many as declared.
/// What does not fit is an error at the row.
Vocabulary fit_vocabulary(const CsvData& data, size_t column, std::span<const int32_t> train_rows,
                          std::optional<int64_t> declared = std::nullopt);

/// All rows of the column as class numbers (i32). A label outside the vocabulary is an error with its place.
Column encode_labels(const CsvData& data, size_t column, const Vocabulary& vocabulary);

}  // namespace nnc
