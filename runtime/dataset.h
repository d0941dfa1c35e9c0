// The data declarations of a program, read: raw columns and splits, their facts for `bind`, what is fitted on the train
// split, and the columns that the compiled steps read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "frontend/program.h"
#include "runtime/data/column.h"
#include "runtime/executable.h"
#include "runtime/files.h"
#include "runtime/split_view.h"

namespace nnc {

/// One declaration. Splits of a CSV or table share columns and differ in rows; an IDX folder has columns of its own for
/// train and test.
class Dataset {
 public:
  struct Part {
    std::map<std::string, Column> raw;     ///< by source name
    std::map<std::string, Column> fields;  ///< materialised fields, by name
  };

  /// Reads everything; errors name file, line or offset.
  static Dataset read(const DataInfo& info, const DataPlaces& places);

  const DataInfo& info() const { return info_; }
  DataFacts facts() const;
  /// Row numbers of a split ("train", "valid", "test", "all") and the part they point into.
  const std::vector<int32_t>& rows(const std::string& split) const;
  const Part& part(const std::string& split) const;
  Part& part(const std::string& split);
  std::vector<std::string> split_names() const;
  /// Labels of text classes, by source name, in the order of their numbers.
  const std::map<std::string, std::vector<std::string>>& vocabularies() const { return vocabularies_; }

 private:
  void read_table();
  void read_csv(const std::string& path);
  void read_idx(const std::string& path);
  void cut();

  DataInfo info_;
  std::vector<Part> parts_;
  std::map<std::string, std::vector<int32_t>> rows_;
  std::map<std::string, size_t> part_of_split_;
  std::map<std::string, std::vector<std::string>> vocabularies_;
};

/// Every declaration of a program, and what was fitted.
struct Datasets {
  std::vector<Dataset> sets;
  std::map<std::string, HostTensor> fitted;  ///< by variable path: "data.houses.x.mean"
  std::vector<std::string> notes;            ///< warnings: a constant feature, …

  Dataset& find(const std::string& name);
  std::vector<DataFacts> facts() const;
};

Datasets read_datasets(const std::vector<DataInfo>& declarations, const DataPlaces& places);

/// Computes `fitted` on the train rows, then every field that a graph reads as a column of its own.
void prepare(Datasets& data, const BoundProgram& program, const BuildOptions& build, const std::vector<Graph>& readers);

/// The columns that `graph` reads from a split.
SplitView split_view(Datasets& data, const std::string& set, const std::string& split);

}  // namespace nnc
