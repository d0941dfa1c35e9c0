// What `nnc data` says of the data of one source or file: rows, and of each column its type, what is missing, the
// range, mean and deviation of its numbers, and its classes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/data/column.h"
#include "runtime/data/csv.h"

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

/// Of whole columns of the same rows.
DataProfile profile_columns(const std::string& title, const std::vector<const Column*>& columns);
/// Of a CSV file, which is streamed: memory does not grow with the rows. "-" is standard input.
DataProfile profile_csv(const std::string& path, CsvSetting setting = {.use = {.kind = CsvUse::Kind::guessed}});

}  // namespace nnc
