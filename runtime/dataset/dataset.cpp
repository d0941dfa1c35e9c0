#include "runtime/dataset/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontend/program/source_kinds.h"
#include "runtime/io/data_error.h"
#include "support/error.h"

namespace nnc {

Dataset Dataset::read(const DataInfo& info, const DataPlaces& places) {
  Dataset data;
  data.info_ = info;
  data.read_ = reader_of(info).read(info, places_of(info, places));
  return data;
}

const DataSplit& Dataset::found(const std::string& split) const {
  auto found = read_.splits.find(split);
  if (found != read_.splits.end() && !found->second.rows.empty()) return found->second;
  if (found != read_.splits.end()) {
    throw origin_failure(info_.origin,
                         fmt::format("the part {} of {} is left without a row: {} rows in all", in_quotes(split),
                                     in_quotes(info_.name), read_.splits.at("all").rows.size()));
  }
  const SourceKind::OwnPart* own = kind_of(info_).part(split);
  throw origin_failure(info_.origin,
                       fmt::format("the data {} has no part {}", in_quotes(info_.name), in_quotes(split)) +
                           (own == nullptr ? ""
                                           : fmt::format(": no file of {} begins with '{}'",
                                                         in_quotes(info_.files.at(0).path), own->files)));
}

Failure Dataset::row_failure(const Part& part, int64_t row, const std::string& field,
                             const std::string& message) const {
  const Origin& origin = info_.field_origins.at(field);
  if (row < read_.lines.rows()) {
    return text_failure({read_.file, read_.lines.line(row), 1}, message + " in this row",
                        fmt::format("'{}' is computed at {}:{}:{}: leave out the rows that it has no number for, or "
                                    "compute it otherwise",
                                    field, origin.file, origin.line, origin.column));
  }
  return origin_failure(origin, message + row_name(part, row), "leave such rows out, or compute the field otherwise");
}

std::string Dataset::row_name(const Part& part, int64_t row) const {
  std::string where = fmt::format(" in row {} (from 1)", row + 1);
  for (const auto& [name, split] : read_.splits) {
    if (read_.parts.size() > 1 && &read_.parts[split.part] == &part && name != "all")
      where += fmt::format(" of '{}'", name);
  }
  return where;
}

std::optional<TextPlace> Dataset::place(const std::string& source, int64_t row, int64_t element) const {
  if (row >= read_.lines.rows()) return std::nullopt;
  auto columns = read_.places.find(source);
  const bool known = columns != read_.places.end() && std::cmp_less(element, columns->second.size());
  return csv_place(read_.file, read_.separator, read_.lines.line(row),
                   known ? columns->second[static_cast<size_t>(element)] : 0);
}

Dataset Dataset::of(const DataInfo& info, InputRows input) {
  Dataset data;
  data.info_ = info;
  data.read_.file = input.file;
  data.read_.lines = input.lines;
  data.read_.separator = input.separator;
  Part& part = data.read_.parts.emplace_back();
  for (size_t i = 0; i < info.sources.size(); ++i) {
    part.rows = input.columns.at(i).rows();
    part.raw.emplace(info.sources[i].name, std::move(input.columns[i]));
    if (i < input.fields.size()) data.read_.places[info.sources[i].name] = input.fields[i];
  }
  data.read_.splits["all"] = {0, all_rows(part.rows)};
  return data;
}

/// As declared, else as many as the labels are; of an IDX folder those of both its parts, of a table all.
int64_t Dataset::classes_of(const RawSource& source) const {
  if (source.classes) return *source.classes;
  if (auto known = read_.classes.find(source.name); known != read_.classes.end()) return known->second;
  double largest = 0;
  for (const Part& part : read_.parts) {
    const Column& column = part.raw.at(source.name);
    for (int64_t i = 0; i < column.tensor.count(); ++i) largest = std::max(largest, column.number(i));
  }
  return static_cast<int64_t>(largest) + 1;
}

/// How many labels the train split has of each class.
std::vector<int64_t> Dataset::counts_of(const RawSource& source) const {
  if (!has_rows("train")) return {};
  std::vector<int64_t> counts(static_cast<size_t>(classes_of(source)));
  const Column& column = part("train").raw.at(source.name);
  const int64_t size = column.sample_size();
  for (int32_t row : rows("train")) {
    for (int64_t i = 0; i < size; ++i) ++counts.at(static_cast<size_t>(column.number(row * size + i)));
  }
  return counts;
}

DataFacts Dataset::facts() const {
  DataFacts facts;
  facts.data = info_.name;
  facts.format = info_.format;
  for (const RawSource& source : info_.sources) {
    const Column& column = read_.parts[0].raw.at(source.name);
    SourceFacts about{source.name, column.element(), column.sample_shape(), {}, {}, 0};
    if (source.is_class) about.classes = classes_of(source);
    if (source.counted) about.counts = counts_of(source);
    if (auto names = read_.columns.find(source.name); names != read_.columns.end()) about.columns = names->second;
    if (auto words = read_.vocabularies.find(source.name); words != read_.vocabularies.end())
      about.vocabulary = words->second;
    facts.sources.push_back(std::move(about));
  }
  for (const auto& [name, split] : read_.splits) facts.rows[name] = static_cast<int64_t>(split.rows.size());
  facts.computed_classes = computed_classes_;
  return facts;
}

const Dataset& Datasets::find(const std::string& name) const {
  auto found = std::find_if(sets.begin(), sets.end(), [&](const Dataset& set) { return set.info().name == name; });
  NNC_ASSERT(found != sets.end(), fmt::format("there is no data '{}'", name));
  return *found;
}

Dataset& Datasets::find(const std::string& name) { return const_cast<Dataset&>(std::as_const(*this).find(name)); }

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
