#include "runtime/report/data_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "runtime/data/byte_stream.h"
#include "runtime/data/csv.h"
#include "runtime/data/idx.h"
#include "runtime/data/split.h"
#include "runtime/io/quantity.h"
#include "runtime/report/data_statistics.h"
#include "runtime/train/session.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

namespace fs = std::filesystem;

DataProfile profile_csv(const std::string& path, CsvSetting setting = {.use = {.kind = CsvUse::Kind::guessed}}) {
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

ColumnProfile profile_column(const Column& column) {
  ColumnStatistics statistics(column.name);
  bool label = column.sample_shape.empty() && (column.element == Element::i32 || column.element == Element::u8);
  int64_t elements = column.rows * column.sample_size();
  for (int64_t i = 0; i < elements; ++i) {
    double value = column.number(i);
    label ? statistics.add_value(value) : statistics.add_number(value);
  }
  ColumnProfile profile = statistics.finish(std::string(spelling(column.element)));
  profile.shape = column.sample_shape;
  return profile;
}

DataProfile profile_columns(const std::string& title, const std::vector<const Column*>& columns) {
  DataProfile profile;
  profile.title = title;
  for (const Column* column : columns) {
    profile.rows = column->rows;
    profile.columns.push_back(profile_column(*column));
  }
  return profile;
}

std::vector<DataProfile> profile_idx_folder(const std::string& path) {
  IdxData data = read_idx_folder(path);
  std::vector<DataProfile> profiles{profile_columns(path + ", train", {&data.train.image, &data.train.label})};
  if (data.test) profiles.push_back(profile_columns(path + ", test", {&data.test->image, &data.test->label}));
  return profiles;
}

std::vector<DataProfile> profile_file(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return profile_idx_folder(path);
  if (path == "-" || path.ends_with(".csv")) return {profile_csv(path)};
  std::array<std::byte, 2> start{};
  size_t got = open_bytes(path)->read(start);
  bool zeros = got == 2 && start[0] == std::byte{0} && start[1] == std::byte{0};
  if (!zeros) return {profile_csv(path)};
  Column column = idx_column(read_idx(path), "values");
  return {profile_columns(path, {&column})};
}

DataProfile profile_table(const DataInfo& info) {
  DataProfile profile;
  profile.title = fmt::format("data {} = table", info.name);
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
  return profile;
}

/// "train 354", … of a declaration with shares.
std::vector<std::string> split_sizes(const DataInfo& info, int64_t rows) {
  std::vector<std::string> sizes;
  if (info.split.empty()) return sizes;
  for (const SplitRows& split : split_rows(rows, info.split, info.split_seed, info.origin)) {
    sizes.push_back(fmt::format("{} {}", split.name, split.rows.size()));
  }
  return sizes;
}

std::vector<DataProfile> profile_declaration(const DataInfo& info, const DataPlaces& places) {
  if (info.kind == SourceKind::table) return {profile_table(info)};
  std::string file = find_data_path(info.path, places);
  std::vector<DataProfile> profiles =
      info.kind == SourceKind::csv
          ? std::vector{profile_csv(file, {.format = info.format, .use = {.written = info.path}})}
          : profile_idx_folder(file);
  for (DataProfile& profile : profiles) profile.title = fmt::format("data {} = {}", info.name, profile.title);
  return profiles;
}

std::vector<DataProfile> profile_program(const std::string& path, const std::string& data_directory) {
  SessionOptions options;
  options.file = path;
  options.data_directory = data_directory;
  Session session(options);
  std::vector<DataProfile> profiles;
  for (const DataInfo& info : data_declarations(session.checked())) {
    for (DataProfile& profile : profile_declaration(info, session.places())) {
      profile.splits = split_sizes(info, profile.rows);
      profiles.push_back(std::move(profile));
    }
  }
  if (profiles.empty()) {
    throw Failure(ExitCode::wrong_program,
                  fmt::format("{}: error: the program declares no data", escape_for_terminal(path)));
  }
  return profiles;
}

constexpr size_t kShownClasses = 12;
constexpr size_t kShownName = 32;

std::string cut(const std::string& text, size_t longest) {
  if (text.size() <= longest) return escape_for_terminal(text);
  size_t end = longest;
  while (end > longest - 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return escape_for_terminal(text.substr(0, end)) + "…";
}

std::string type_text(const ColumnProfile& column) {
  return column.shape.empty() ? column.type : fmt::format("{}[{}]", column.type, fmt::join(column.shape, ", "));
}

std::string classes_text(const ColumnProfile& column) {
  if (column.type == "number" || !column.shape.empty()) return "";
  if (column.classes.empty()) return column.type == "text" ? fmt::format("more than {}", ColumnProfile::kClasses) : "";
  std::string text = fmt::format("{}", column.classes.size());
  if (column.classes.size() > kShownClasses) return text;
  for (size_t i = 0; i < column.classes.size(); ++i) {
    text += fmt::format("{}{} ×{}", i == 0 ? ": " : ", ", cut(column.classes[i].text, 20), column.classes[i].count);
  }
  return text;
}

std::vector<std::string> cells(const ColumnProfile& column) {
  auto figure = [&](double value) { return column.numbers == 0 ? "-" : fmt::format("{:.6g}", value); };
  std::string deviation = std::isnan(column.deviation) ? "-" : fmt::format("{:.6g}", column.deviation);
  return {cut(column.name, kShownName),
          type_text(column),
          fmt::format("{}", column.missing),
          figure(column.min),
          figure(column.max),
          figure(column.mean),
          deviation,
          classes_text(column)};
}

/// Code points: a cell is padded by what is seen, not by its bytes.
size_t seen(const std::string& cell) {
  return static_cast<size_t>(std::count_if(cell.begin(), cell.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Names, types and classes from the left, figures from the right.
std::string aligned(const std::vector<std::vector<std::string>>& table) {
  std::vector<size_t> widths(table[0].size(), 0);
  for (const std::vector<std::string>& row : table) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], seen(row[i]));
  }
  std::string text;
  for (const std::vector<std::string>& row : table) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      std::string blanks(widths[i] - seen(row[i]), ' ');
      bool left = i < 2 || i + 1 == row.size();
      line += "  " + (left ? row[i] + blanks : blanks + row[i]);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string remarks(const DataProfile& profile) {
  std::string text;
  for (const ColumnProfile& column : profile.columns) {
    if (column.missing > 0) {
      text += fmt::format("note: column '{}' lacks a value in {} of {} rows, first at {}: training on it stops there\n",
                          cut(column.name, kShownName), column.missing, profile.rows, column.first_missing);
    }
    if (column.texts > 0 && column.numbers > 0) {
      text += fmt::format("note: column '{}' mixes numbers ({}) and texts ({}), first text at {}\n",
                          cut(column.name, kShownName), column.numbers, column.texts, column.first_text);
    }
    if (column.numbers > 1 && column.texts == 0 && column.min == column.max) {
      text += fmt::format("note: column '{}' is {} in every row: it tells a network nothing\n",
                          cut(column.name, kShownName), column.min);
    }
  }
  return text;
}

}  // namespace

std::vector<DataProfile> profile_data(const std::string& path, const std::string& data_directory) {
  if (path.ends_with(".nn")) return profile_program(path, data_directory);
  return profile_file(path);
}

std::string describe(const DataProfile& profile) {
  std::string text = fmt::format("{}: {}, {}", escape_for_terminal(profile.title), counted(profile.rows, "row"),
                                 counted(static_cast<int64_t>(profile.columns.size()), "column"));
  if (!profile.splits.empty()) text += fmt::format(" (split: {})", fmt::join(profile.splits, ", "));
  text += '\n';
  for (const std::string& warning : profile.warnings) text += warning + "\n";
  std::vector<std::vector<std::string>> table{
      {"column", "type", "missing", "min", "max", "mean", "deviation", "classes"}};
  for (const ColumnProfile& column : profile.columns) table.push_back(cells(column));
  return text + aligned(table) + remarks(profile);
}

}  // namespace nnc
