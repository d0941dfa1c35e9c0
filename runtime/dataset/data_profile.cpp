#include "runtime/dataset/data_profile.h"

#include <fmt/format.h>

#include "runtime/dataset/data_statistics.h"
#include "support/diagnostics.h"

namespace nnc {

DataProfile profile_csv(const std::string& path, CsvSetting setting) {
  CsvReader reader(path == "-" ? InputFile::standard_input() : InputFile(path), std::move(setting));
  DataProfile profile;
  profile.title = path == "-" ? "<stdin>" : path;
  profile.warnings = reader.warnings();
  std::vector<ColumnStatistics> columns;
  for (const std::string& name : reader.header()) columns.emplace_back(name, reader.format().decimal);
  std::string scratch;
  reader.each_row([&](std::span<const CsvField> fields, const CsvScanner& scanner) {
    ++profile.rows;
    for (size_t i = 0; i < fields.size(); ++i) {
      columns[i].add_field(fields[i].unquoted(scratch), [&] {
        TextPlace place = scanner.place(i);
        return fmt::format("{}:{}:{}", escape_for_terminal(place.file), place.line, place.column);
      });
    }
  });
  for (ColumnStatistics& column : columns) profile.columns.push_back(column.finish());
  return profile;
}

namespace {

ColumnProfile profile_column(const Column& column) {
  ColumnStatistics statistics(column.name);
  bool label = column.sample_shape().empty() && (column.element() == Element::i32 || column.element() == Element::u8);
  int64_t elements = column.tensor.count();
  for (int64_t i = 0; i < elements; ++i) {
    double value = column.number(i);
    label ? statistics.add_value(value) : statistics.add_number(value);
  }
  ColumnProfile profile = statistics.finish(std::string(spelling(column.element())));
  profile.shape = column.sample_shape();
  return profile;
}

}  // namespace

DataProfile profile_columns(const std::string& title, const std::vector<const Column*>& columns) {
  DataProfile profile;
  profile.title = title;
  for (const Column* column : columns) {
    profile.rows = column->rows();
    profile.columns.push_back(profile_column(*column));
  }
  return profile;
}

}  // namespace nnc
