#include "runtime/report/data_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "frontend/program/source_kinds.h"
#include "runtime/data/split.h"
#include "runtime/dataset/source_readers.h"
#include "runtime/io/quantity.h"
#include "runtime/train/session.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

namespace fs = std::filesystem;

std::vector<DataProfile> profile_file(const std::string& path) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    DataInfo folder;
    for (const SourceKind& kind : source_kinds()) {
      if (kind.is_folder) folder.kind = kind.word;
    }
    folder.files = {{"", path}};
    return reader_of(folder).profile(folder, {});
  }
  if (path == "-" || path.ends_with(".csv")) return {profile_csv(path)};
  const InputFile file(path);
  const ArrayFiles* array = array_files(file);
  if (array == nullptr) return {profile_csv(path)};
  std::vector<std::string> warnings;
  const Column column = array->read(file, "values", warnings);
  DataProfile profile = profile_columns(path, {&column});
  profile.warnings = std::move(warnings);
  return {std::move(profile)};
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

std::vector<DataProfile> profile_program(const std::string& path, const std::string& data_directory) {
  SessionOptions options;
  options.file = path;
  options.data_directory = data_directory;
  Session session(options);
  std::vector<DataProfile> profiles;
  for (const DataInfo& info : data_declarations(session.checked())) {
    for (DataProfile& profile : reader_of(info).profile(info, places_of(info, session.places()))) {
      profile.title = fmt::format("data {} = {}", info.name, profile.title);
      if (profile.splits.empty()) profile.splits = split_sizes(info, profile.rows);
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
