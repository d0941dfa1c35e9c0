// Data whose rows stand in the program.
#include <utility>

#include "runtime/dataset/data_statistics.h"
#include "runtime/dataset/source_readers.h"

namespace nnc {

namespace {

SourceData read_table(const DataInfo& info, const DataPlaces& /*places*/) {
  SourceData data;
  DataPart& part = data.parts.emplace_back();
  for (const RawSource& source : info.sources) {
    const std::vector<std::vector<double>>& rows = info.table.at(source.name);
    std::vector<double> flat;
    for (const std::vector<double>& row : rows) flat.insert(flat.end(), row.begin(), row.end());
    int64_t width = rows.empty() ? 1 : static_cast<int64_t>(rows[0].size());
    std::vector<int64_t> sample = width == 1 ? std::vector<int64_t>{} : std::vector<int64_t>{width};
    Element element = source.is_class ? Element::i32 : Element::f64;
    part.rows = static_cast<int64_t>(rows.size());
    part.raw.emplace(source.name, column_of(source.name, element, sample, flat, source.origin));
  }
  cut(info, data);
  return data;
}

std::vector<DataProfile> profile_table(const DataInfo& info, const DataPlaces& /*places*/) {
  DataProfile profile;
  profile.title = "table";
  for (const RawSource& source : info.sources) {
    const std::vector<std::vector<double>>& rows = info.table.at(source.name);
    ColumnStatistics statistics(source.name);
    bool array = !rows.empty() && rows[0].size() > 1;
    for (const std::vector<double>& row : rows) {
      for (double value : row) array ? statistics.add_number(value) : statistics.add_value(value);
    }
    profile.rows = static_cast<int64_t>(rows.size());
    profile.columns.push_back(statistics.finish(array ? "number" : ""));
    if (array) profile.columns.back().shape = {static_cast<int64_t>(rows[0].size())};
  }
  return {std::move(profile)};
}

}  // namespace

SourceReader table_reader() { return {"table", read_table, profile_table}; }

}  // namespace nnc
