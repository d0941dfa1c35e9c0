// How the data of each kind of source is read, one record a kind: the declaration's columns and parts, what `nnc data`
// prints of it, and files that `nnc data` and `nnc predict` tell by their first bytes. What the language says of a kind
// is the record of the same word in frontend/program/source_kinds.h.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/types/data_info.h"
#include "runtime/data/column.h"
#include "runtime/data/csv.h"
#include "runtime/dataset/data_profile.h"
#include "runtime/io/files.h"

namespace nnc {

/// Columns of the same rows.
struct DataPart {
  std::map<std::string, Column> raw;     ///< by source name
  std::map<std::string, Column> fields;  ///< materialised fields, by name
  int64_t rows = 0;
};
struct DataSplit {
  size_t part = 0;
  std::vector<int32_t> rows;
};

/// A declaration as it was read. Splits of one part share columns and differ in rows.
struct SourceData {
  std::vector<DataPart> parts;
  std::map<std::string, DataSplit> splits;                            ///< by name: "train", "valid", "test", "all"
  std::map<std::string, std::vector<std::string>> vocabularies = {};  ///< of text classes, by source
  std::map<std::string, int64_t> classes = {};                        ///< of labels that were counted, by source
  std::vector<std::string> warnings = {};
  // Of a CSV file:
  std::string file = {};
  RowLines lines = {};  ///< of its rows
  char separator = ',';
  std::map<std::string, std::vector<std::string>> columns = {};  ///< by source
  std::map<std::string, std::vector<int>> places = {};           ///< the file's columns, by source
};

/// Files of one array each, which show what they are in their first bytes.
struct ArrayFiles {
  std::string_view start;   ///< those bytes
  std::string_view called;  ///< "an IDX file"
  /// Warnings about the file are appended.
  Column (*read)(const InputFile&, std::string name, std::vector<std::string>& warnings) = nullptr;
};

struct SourceReader {
  std::string_view word;
  SourceData (*read)(const DataInfo&, const DataPlaces&);
  std::vector<DataProfile> (*profile)(const DataInfo&, const DataPlaces&);
  ArrayFiles array = {};
};

SourceReader table_reader();
SourceReader csv_reader();
SourceReader idx_reader();
SourceReader npy_reader();
SourceReader chars_reader();

std::span<const SourceReader> source_readers();
const SourceReader& reader_of(const DataInfo& info);
/// Where the declaration's paths may lie: those of an imported file are beside that.
DataPlaces places_of(const DataInfo& info, DataPlaces places);
/// The kind of array file that begins so; null for any other file.
const ArrayFiles* array_files(const InputFile& file);

/// 0 … count−1
std::vector<int32_t> all_rows(int64_t count);
/// Splits of the one part: as declared, else every row is "train".
void cut(const DataInfo& info, SourceData& data);
/// What fields ask of the numbers of a source that holds arrays: whole numbers of an integer type or a class; another
/// one is a Failure with its sample. `where`: the part or the file that they are of.
void check_numbers_of(const RawSource& source, const Column& column, const std::string& where);

}  // namespace nnc
