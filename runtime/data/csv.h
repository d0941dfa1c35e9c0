// CSV files as columns. The header line names them; the caller asks for some of them, as numbers or as texts, and the
// file is read once, in blocks: what stays in memory is the columns asked for.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "frontend/types/csv_format.h"
#include "runtime/data/column.h"
#include "runtime/data/csv_advice.h"
#include "runtime/data/csv_scanner.h"

namespace nnc {

/// What is wanted of a file: `count` neighbouring columns from `first` on, as one Column with a sample of `count`
/// elements, or of no axis with count 0 (a single column); or `scattered` columns in any order. Texts are i32 numbers
/// of `words`, one list for all the columns, in order of appearance (labels.h numbers them for training).
struct CsvRequest {
  enum class Kind : uint8_t { number, text };

  std::string name;  ///< of the Column that results
  int first = 0;
  int count = 0;
  std::vector<int> scattered = {};  ///< when it names any, these columns instead, side by side
  Kind kind = Kind::number;
  Element element = Element::f64;     ///< of numbers: f64, or f32 (rounded once more)
  std::optional<Element> whole = {};  ///< i32 or u8: every number is one, or it is an error at its place
};

struct CsvSetting {
  CsvFormat format = {};
  CsvUse use = {};
  CsvLimits limits = {};
};

/// The physical line of each data row, which quoted line ends may push away from "row + 2". Small where the file is
/// regular.
class RowLines {
 public:
  void add(int64_t line);  ///< of the next row
  int64_t line(int64_t row) const;
  int64_t rows() const { return rows_; }

 private:
  std::vector<std::pair<int64_t, int64_t>> breaks_;  ///< from this row on: line − row
  int64_t rows_ = 0;
};

/// A read file: its rows in the order of the file.
struct CsvData {
  std::string file;
  CsvFormat format;
  std::vector<Column> columns;           ///< as requested
  std::vector<std::vector<int>> fields;  ///< of each request: the column number of each element of a sample
  RowLines lines;
  std::vector<std::string> warnings;  ///< whole messages, ready to print

  int64_t rows() const { return lines.rows(); }
};

class CsvReader {
 public:
  /// Opens the file, plain or packed by gzip, and reads its header, if the format does not name the columns. Not CSV at
  /// all, no header, a repeated name, a header line where the format has names: an error. A column without a name is
  /// called by its number ("column 1"); where every row has one field more than the header it is the first.
  explicit CsvReader(const std::string& path, CsvSetting setting = {});
  explicit CsvReader(InputFile file, CsvSetting setting = {});

  const std::vector<std::string>& header() const { return header_; }
  const CsvFormat& format() const { return setting_.format; }
  std::optional<int> find(std::string_view name) const;
  /// The column's number; an unknown one is an error that lists the columns, with the nearest name.
  int column(std::string_view name) const;
  /// First number and count of `first..last`, both included; last before first is an error.
  std::pair<int, int> range(std::string_view first, std::string_view last) const;
  /// The text of that error, for a message at the user's line of the .nn file: message and help.
  std::pair<std::string, std::string> unknown_column(std::string_view name) const;

  /// Reads all rows; once. Every row has the header's fields, every number is one, and there is at least one row, or
  /// it is an error with line and column.
  CsvData read(std::span<const CsvRequest> requests);

  /// Hands out each row as it is read, its fields as they stand in the file and as many as the header has; once. The
  /// scanner is for places. No row at all is an error.
  using RowVisitor = std::function<void(std::span<const CsvField>, const CsvScanner&)>;
  void each_row(const RowVisitor& visit);
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  void take_guess();
  void read_header();
  void check_header();
  void check_names() const;
  void name_columns();
  bool header_is_numeric() const;
  void check_width() const;
  std::string width_help(std::span<const CsvField> fields) const;
  bool is_headless() const { return !setting_.format.names.empty(); }
  TextPlace place_of_header(size_t column) const;
  /// The format that the file seems to have: the setting's, unless another fits better.
  CsvFormat likely() const;
  /// What to do if that is another, with the edit; or empty.
  std::string advice() const { return csv_advice(setting_.format, likely(), setting_.use); }

  std::unique_ptr<CsvScanner> scanner_;
  CsvSetting setting_;
  CsvStart start_;
  CsvSample sample_;  ///< of the start, by the setting's separator
  bool has_row_names_ = false;
  std::vector<std::string> header_;
  std::vector<std::string> warnings_;
};

/// The place of a column's field in the row of this line, found by reading the file again; for messages about values
/// that turn out wrong after reading. The line alone where the file has changed, or can't be read twice.
TextPlace csv_place(const std::string& path, char separator, int64_t line, int column);

}  // namespace nnc
