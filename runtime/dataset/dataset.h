// The data declarations of a program, read: raw columns and splits, their facts for `bind`, what is fitted on the train
// split, and the columns that the compiled steps read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/program/program.h"
#include "runtime/data/column.h"
#include "runtime/data/csv.h"
#include "runtime/dataset/predict_input.h"
#include "runtime/dataset/source_readers.h"
#include "runtime/io/files.h"
#include "runtime/step/executable.h"
#include "runtime/step/split_view.h"

namespace nnc {

/// One declaration. Splits of a CSV or table share columns and differ in rows; an IDX folder has columns of its own for
/// train and test.
class Dataset {
 public:
  using Part = DataPart;

  /// Reads everything; errors name file, line or offset.
  static Dataset read(const DataInfo& info, const DataPlaces& places);

  /// Columns from elsewhere, one for each source, as the one split "all".
  static Dataset of(const DataInfo& info, InputRows input);

  const DataInfo& info() const { return info_; }
  DataFacts facts() const;
  /// "train", "valid", "test", "all": the row numbers of a split, and the part they point into.
  bool has(const std::string& split) const { return read_.splits.contains(split); }
  bool has_rows(const std::string& split) const { return has(split) && !read_.splits.at(split).rows.empty(); }
  /// Of a split that is not there (no t10k files) or has no row: a Failure that says so.
  const std::vector<int32_t>& rows(const std::string& split) const { return found(split).rows; }
  Part& part(const std::string& split) { return read_.parts[found(split).part]; }
  const Part& part(const std::string& split) const { return read_.parts[found(split).part]; }
  std::vector<Part>& parts() { return read_.parts; }
  const std::vector<Part>& parts() const { return read_.parts; }
  /// What is wrong with a field in a row of a part: at the line of a CSV file, else at the field, with the row.
  Failure row_failure(const Part& part, int64_t row, const std::string& field, const std::string& message) const;
  /// Where in a CSV file an element of a sample stands; of other data nothing.
  std::optional<TextPlace> place(const std::string& source, int64_t row, int64_t element) const;
  /// " in row 3 (from 1) of 'train'", of other data than CSV files.
  std::string row_name(const Part& part, int64_t row) const;
  /// How many classes a field computes, by NumberCheck::key; part of the facts.
  void set_computed_classes(const std::string& key, int64_t classes) { computed_classes_[key] = classes; }
  /// Names of text classes, by source name, in the order of their numbers.
  const std::map<std::string, std::vector<std::string>>& vocabularies() const { return read_.vocabularies; }
  const std::vector<std::string>& warnings() const { return read_.warnings; }

 private:
  int64_t classes_of(const RawSource& source) const;
  std::vector<int64_t> counts_of(const RawSource& source) const;
  const DataSplit& found(const std::string& split) const;

  DataInfo info_;
  SourceData read_;
  std::map<std::string, int64_t> computed_classes_;  ///< by NumberCheck::key
};

/// Every declaration of a program, and what was fitted.
struct Datasets {
  std::vector<Dataset> sets;
  Tensors fitted;                     ///< by variable path: "data.houses.x.mean"
  std::vector<std::string> warnings;  ///< whole lines: a constant feature, …

  const Dataset& find(const std::string& name) const;
  Dataset& find(const std::string& name);
  std::vector<DataFacts> facts() const;
};

Datasets read_datasets(const std::vector<DataInfo>& declarations, const DataPlaces& places);

/// Computes what is fitted on the train rows and not in data.fitted already, then every field that one of the graphs
/// reads as a column of its own.
void prepare(Datasets& data, const BoundProgram& program, const BuildOptions& build, const std::vector<Graph>& readers);

/// The columns that graphs read, and the rows of a split.
SplitView split_view(const Datasets& data, const std::string& set, const std::string& split);

}  // namespace nnc
