// Data of NPY files: one array each, all of the same samples.
#include <fmt/format.h>

#include <algorithm>

#include "runtime/data/npy.h"
#include "runtime/dataset/predict_input.h"
#include "runtime/dataset/source_readers.h"
#include "runtime/io/data_error.h"

namespace nnc {

namespace {

const DataFile& file_of(const DataInfo& info, const std::string& array) {
  return *std::find_if(info.files.begin(), info.files.end(), [&](const DataFile& file) { return file.array == array; });
}

SourceData read(const DataInfo& info, const DataPlaces& places) {
  SourceData data;
  DataPart& part = data.parts.emplace_back();
  std::string first;
  for (const RawSource& source : info.sources) {
    const std::string path = find_data_path(file_of(info, source.name).path, places);
    Column column = read_npy(InputFile(path), source.name, data.warnings);
    if (first.empty()) {
      first = path;
      part.rows = column.rows();
    }
    if (column.rows() != part.rows) {
      throw file_failure(path, fmt::format("{} samples, but {} in {}", column.rows(), part.rows, in_quotes(first)),
                         "the first axis counts the samples");
    }
    check_numbers_of(source, column, path);
    if (source.is_class) column = converted(std::move(column), Element::i32, path);
    part.raw.emplace(source.name, std::move(column));
  }
  cut(info, data);
  return data;
}

std::vector<DataProfile> profile(const DataInfo& info, const DataPlaces& places) {
  std::vector<DataProfile> profiles;
  for (const DataFile& file : info.files) {
    const std::string path = find_data_path(file.path, places);
    std::vector<std::string> warnings;
    const Column column = read_npy(InputFile(path), file.array, warnings);
    profiles.push_back(profile_columns(path, {&column}));
    profiles.back().warnings = std::move(warnings);
  }
  return profiles;
}

}  // namespace

SourceReader npy_reader() { return {"npy", read, profile, {"\x93NUMPY", "an NPY file", read_npy}}; }

}  // namespace nnc
