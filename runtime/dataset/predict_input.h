// The rows to predict for, from a CSV, IDX or NPY file (plain or .gz, told by their first bytes) or standard input.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "frontend/types/csv_format.h"
#include "runtime/data/column.h"
#include "runtime/data/labels.h"

namespace nnc {

/// One tensor that is wanted of the file.
struct WantedColumn {
  std::string name;                  ///< "raw", "image"
  std::vector<std::string> columns;  ///< in a CSV file: as many as a sample has elements
  Element element = Element::f32;
  std::vector<int64_t> sample_shape;
  bool is_class = false;              ///< texts or numbers of the vocabulary
  std::optional<Element> whole = {};  ///< i32 or u8: every number must be one
  Vocabulary vocabulary;
};

/// "image_0", "image_1", …; the name itself for a single number.
std::vector<std::string> numbered_columns(const std::string& name, const std::vector<int64_t>& sample_shape);

/// The rows of a file: the wanted columns in their order, and of a CSV file where they stand.
struct InputRows {
  std::vector<Column> columns;
  std::string file;
  RowLines lines;                        ///< of a CSV file
  std::vector<std::vector<int>> fields;  ///< of a CSV file: of each wanted column the numbers of those it is read from
  char separator = ',';                  ///< of a CSV file
};

/// Reads all rows; `path` "-" is standard input. CSV, cut as `format` (the training's file's) says. A file whose first
/// line names all that is wanted is read by that header, whether the format has names or not; else the format's names
/// are those of its fields, or, where it has exactly as many fields as are wanted, of those. By name in any order,
/// other columns are ignored; all that are missing are one Failure that lists what was found and the nearest name. IDX:
/// one tensor of that many elements a sample. Warnings about the file are appended.
InputRows read_rows_of(const std::string& path, const std::vector<WantedColumn>& wanted, CsvFormat format,
                       std::vector<std::string>& warnings);

/// The column in another element type; a number that an integer type has no place for is a Failure that names its row.
Column converted(Column column, Element element, const std::string& file);

}  // namespace nnc
