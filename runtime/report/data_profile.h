// What is in a data file before anything trains on it: rows, and of each column its type, what is missing, the range,
// mean and deviation of its numbers, and its classes. CSV files are streamed: memory does not grow with the rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "runtime/io/files.h"

namespace nnc {

struct ColumnProfile {
  std::string name;
  std::string type;            ///< "int", "number", "text"; of arrays the element: "u8"
  std::vector<int64_t> shape;  ///< of one sample; {} a number
  int64_t missing = 0;         ///< empty, NA, N/A, ?, null, nan, inf
  int64_t numbers = 0;         ///< elements that are numbers
  int64_t texts = 0;           ///< fields that are neither
  double min = 0, max = 0, mean = 0;
  double deviation = 0;  ///< of the sample (n − 1); NaN for fewer than two numbers
  struct Class {
    std::string text;
    int64_t count = 0;
  };
  /// Different values with their counts, sorted, while they are at most kClasses and none is a fraction; else empty.
  std::vector<Class> classes;
  static constexpr size_t kClasses = 50;
  std::string first_missing, first_text;  ///< "file:line:col", empty where there is none
};

struct DataProfile {
  std::string title;  ///< "housing/boston.csv"
  int64_t rows = 0;
  std::vector<std::string> splits;  ///< "train 354", of a declaration
  std::vector<ColumnProfile> columns;
  std::vector<std::string> warnings;
};

/// A .csv file, an IDX file, a folder of IDX files, or a .nn program (each of its data declarations); "-" is CSV from
/// standard input. What it is shows in its name, else in its first bytes. Errors as those of the readers.
std::vector<DataProfile> profile_data(const std::string& path, const std::string& data_directory);

/// The aligned table, and a line for each column that training would refuse.
std::string describe(const DataProfile& profile);

}  // namespace nnc
