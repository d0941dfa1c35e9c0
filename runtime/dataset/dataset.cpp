#include "runtime/dataset/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "runtime/data/idx.h"
#include "runtime/data/labels.h"
#include "runtime/data/split.h"
#include "runtime/io/data_error.h"
#include "support/error.h"
#include "support/printable.h"

namespace nnc {

namespace {

std::vector<int32_t> all_rows(int64_t count) {
  std::vector<int32_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

/// What fields ask of the numbers of an IDX file: classes, or an integer type that the file's own is not.
void check_idx(const RawSource& source, const IdxSplit& split, const std::string& part) {
  if (source.is_class && source.classes && source.name == "label") check_labels(split, *source.classes);
  const Column& column = source.name == "label" ? split.label : split.image;
  double high = source.whole == Element::u8 ? 255 : INT32_MAX, low = source.whole == Element::u8 ? 0 : INT32_MIN;
  if (source.is_class)
    std::tie(low, high) = std::pair{0.0, static_cast<double>(source.classes.value_or(INT32_MAX)) - 1};
  const bool bytes_fit = column.element == Element::u8 && low <= 0 && high >= 255;
  if (!(source.whole || source.is_class) || bytes_fit || (source.is_class && source.name == "label")) return;
  for (int64_t i = 0; i < column.rows * column.sample_size(); ++i) {
    const double value = column.number(i);
    if (value == std::floor(value) && value >= low && value <= high) continue;
    throw origin_failure(source.origin, fmt::format("sample {} (from 0) of {} in {} holds {}: wanted are whole numbers "
                                                    "from {} to {}",
                                                    i / column.sample_size(), in_quotes(source.name), in_quotes(part),
                                                    printable(value), low, high));
  }
}

}  // namespace

Dataset Dataset::read(const DataInfo& info, const DataPlaces& places) {
  Dataset data;
  data.info_ = info;
  switch (info.kind) {
    case SourceKind::table: data.read_table(); break;
    case SourceKind::csv: data.read_csv(find_data_path(info.path, places)); break;
    case SourceKind::idx: data.read_idx(find_data_path(info.path, places)); break;
  }
  return data;
}

void Dataset::add_split(const std::string& name, size_t part, std::vector<int32_t> rows) {
  splits_[name] = Split{part, std::move(rows)};
}

const Dataset::Split& Dataset::found(const std::string& split) const {
  auto found = splits_.find(split);
  if (found != splits_.end() && !found->second.rows.empty()) return found->second;
  if (found != splits_.end()) {
    throw origin_failure(info_.origin,
                         fmt::format("the part {} of {} is left without a row: {} rows in all", in_quotes(split),
                                     in_quotes(info_.name), splits_.at("all").rows.size()));
  }
  bool folder = info_.kind == SourceKind::idx && split == "test";
  throw origin_failure(
      info_.origin,
      fmt::format("the data {} has no part {}", in_quotes(info_.name), in_quotes(split)) +
          (folder ? fmt::format(": no file of {} begins with 't10k-images'", in_quotes(info_.path)) : ""));
}

/// Splits of the one part: as declared, else every row is "train".
void Dataset::cut() {
  int64_t rows = parts_[0].rows;
  add_split("all", 0, all_rows(rows));
  if (info_.split.empty()) return add_split("train", 0, all_rows(rows));
  for (SplitRows& split : split_rows(rows, info_.split, info_.split_seed, info_.origin)) {
    add_split(split.name, 0, std::move(split.rows));
  }
}

void Dataset::read_table() {
  Part& part = parts_.emplace_back();
  for (const RawSource& source : info_.sources) {
    const std::vector<std::vector<double>>& rows = info_.table.at(source.name);
    std::vector<double> flat;
    for (const std::vector<double>& row : rows) flat.insert(flat.end(), row.begin(), row.end());
    int64_t width = rows.empty() ? 1 : static_cast<int64_t>(rows[0].size());
    std::vector<int64_t> sample = width == 1 ? std::vector<int64_t>{} : std::vector<int64_t>{width};
    Element element = source.is_class ? Element::i32 : Element::f64;
    part.rows = static_cast<int64_t>(rows.size());
    part.raw.emplace(source.name, column_of(source.name, element, sample, flat, source.origin));
  }
  cut();
}

void Dataset::read_csv(const std::string& path) {
  CsvUse use{.written = info_.path};
  for (const RawSource& source : info_.sources) {
    use.wanted.push_back({source.columns, source.is_range, source.is_class});
  }
  CsvReader reader(path, {.format = info_.format, .use = std::move(use)});
  std::vector<CsvRequest> requests;
  for (const RawSource& source : info_.sources) {
    CsvRequest request;
    request.name = source.name;
    try {
      if (source.is_range) {
        std::tie(request.first, request.count) = reader.range(source.columns.at(0), source.columns.at(1));
        auto names = reader.header().begin() + request.first;
        columns_[source.name] = {names, names + request.count};
      } else {
        request.first = reader.column(source.columns.at(0));
        columns_[source.name] = source.columns;
        for (const std::string& column : source.columns) request.scattered.push_back(reader.column(column));
        if (source.columns.size() == 1) request.scattered.clear();
      }
    } catch (const Failure& failure) {
      throw Failure(failure.code(), fmt::format("{}\n note: asked for at {}:{}:{}", failure.what(), source.origin.file,
                                                source.origin.line, source.origin.column));
    }
    request.whole = source.whole;
    request.kind = source.is_class ? CsvRequest::Kind::text : CsvRequest::Kind::number;
    requests.push_back(std::move(request));
  }
  CsvData data = reader.read(requests);
  warnings_ = data.warnings;
  file_ = data.file;
  lines_ = data.lines;
  separator_ = data.format.separator;
  for (size_t i = 0; i < info_.sources.size(); ++i) places_[info_.sources[i].name] = data.fields[i];
  parts_.emplace_back().rows = data.rows();
  cut();
  for (size_t i = 0; i < info_.sources.size(); ++i) {
    const RawSource& source = info_.sources[i];
    if (source.is_class) {
      Vocabulary vocabulary = fit_vocabulary(data, i, rows("train"), source.classes);
      vocabularies_[source.name] = vocabulary.names;
      classes_[source.name] = vocabulary.classes;
      parts_[0].raw.emplace(source.name, encode_labels(data, i, vocabulary));
    } else {
      parts_[0].raw.emplace(source.name, std::move(data.columns[i]));
    }
  }
}

void Dataset::read_idx(const std::string& path) {
  IdxData data = read_idx_folder(path);
  auto add = [&](IdxSplit split, const std::string& name) {
    for (const RawSource& source : info_.sources) check_idx(source, split, name);
    Part part;
    part.rows = split.image.rows;
    part.raw.emplace("image", std::move(split.image));
    part.raw.emplace("label", std::move(split.label));
    parts_.push_back(std::move(part));
    add_split(name, parts_.size() - 1, all_rows(parts_.back().rows));
  };
  add(std::move(data.train), "train");
  add_split("all", 0, rows("train"));
  if (data.test) add(std::move(*data.test), "test");
}

Failure Dataset::row_failure(const Part& part, int64_t row, const std::string& field,
                             const std::string& message) const {
  const Origin& origin = info_.field_origins.at(field);
  if (row < lines_.rows()) {
    return text_failure({file_, lines_.line(row), 1}, message + " in this row",
                        fmt::format("'{}' is computed at {}:{}:{}: leave out the rows that it has no number for, or "
                                    "compute it otherwise",
                                    field, origin.file, origin.line, origin.column));
  }
  return origin_failure(origin, message + row_name(part, row), "leave such rows out, or compute the field otherwise");
}

std::string Dataset::row_name(const Part& part, int64_t row) const {
  std::string where = fmt::format(" in row {} (from 1)", row + 1);
  for (const auto& [name, split] : splits_) {
    if (parts_.size() > 1 && &parts_[split.part] == &part && name != "all") where += fmt::format(" of '{}'", name);
  }
  return where;
}

std::optional<TextPlace> Dataset::place(const std::string& source, int64_t row, int64_t element) const {
  if (row >= lines_.rows()) return std::nullopt;
  auto columns = places_.find(source);
  const bool known = columns != places_.end() && std::cmp_less(element, columns->second.size());
  return csv_place(file_, separator_, lines_.line(row), known ? columns->second[static_cast<size_t>(element)] : 0);
}

Dataset Dataset::of(const DataInfo& info, InputRows input) {
  Dataset data;
  data.info_ = info;
  data.file_ = input.file;
  data.lines_ = input.lines;
  data.separator_ = input.separator;
  Part& part = data.parts_.emplace_back();
  for (size_t i = 0; i < info.sources.size(); ++i) {
    part.rows = input.columns.at(i).rows;
    part.raw.emplace(info.sources[i].name, std::move(input.columns[i]));
    if (i < input.fields.size()) data.places_[info.sources[i].name] = input.fields[i];
  }
  data.add_split("all", 0, all_rows(part.rows));
  return data;
}

/// As declared, else as many as the labels are; of an IDX folder those of both its parts, of a table all.
int64_t Dataset::classes_of(const RawSource& source) const {
  if (source.classes) return *source.classes;
  if (auto known = classes_.find(source.name); known != classes_.end()) return known->second;
  double largest = 0;
  for (const Part& part : parts_) {
    const Column& column = part.raw.at(source.name);
    for (int64_t i = 0; i < column.rows * column.sample_size(); ++i) largest = std::max(largest, column.number(i));
  }
  return static_cast<int64_t>(largest) + 1;
}

DataFacts Dataset::facts() const {
  DataFacts facts;
  facts.data = info_.name;
  facts.format = info_.format;
  for (const RawSource& source : info_.sources) {
    const Column& column = parts_[0].raw.at(source.name);
    SourceFacts about{source.name, column.element, column.sample_shape, {}, {}, 0};
    if (source.is_class) about.classes = classes_of(source);
    if (auto names = columns_.find(source.name); names != columns_.end()) about.columns = names->second;
    if (auto words = vocabularies_.find(source.name); words != vocabularies_.end()) about.vocabulary = words->second;
    facts.sources.push_back(std::move(about));
  }
  for (const auto& [name, split] : splits_) facts.rows[name] = static_cast<int64_t>(split.rows.size());
  facts.computed_classes = computed_classes_;
  return facts;
}

Dataset& Datasets::find(const std::string& name) {
  auto found = std::find_if(sets.begin(), sets.end(), [&](const Dataset& set) { return set.info().name == name; });
  NNC_ASSERT(found != sets.end(), fmt::format("there is no data '{}'", name));
  return *found;
}

std::vector<DataFacts> Datasets::facts() const {
  std::vector<DataFacts> all;
  for (const Dataset& set : sets) all.push_back(set.facts());
  return all;
}

Datasets read_datasets(const std::vector<DataInfo>& declarations, const DataPlaces& places) {
  Datasets data;
  for (const DataInfo& info : declarations) {
    data.sets.push_back(Dataset::read(info, places));
    const std::vector<std::string>& more = data.sets.back().warnings();
    data.warnings.insert(data.warnings.end(), more.begin(), more.end());
  }
  return data;
}

}  // namespace nnc
