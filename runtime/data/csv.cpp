#include "runtime/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "runtime/data/csv_collect.h"
#include "runtime/data/number_text.h"
#include "runtime/data/sniff.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

constexpr size_t kStart = size_t{1} << 18;  ///< bytes at the beginning that a guess may see

/// The failure with another help, if there is one.
Failure with_help(const Failure& failure, const std::string& help) {
  const std::string text = failure.what();
  if (help.empty()) return failure;
  return {failure.code(), text.substr(0, text.find("\n help: ")) + "\n help: " + help};
}

}  // namespace

void RowLines::add(int64_t line) {
  const int64_t shift = line - rows_;
  if (breaks_.empty() || breaks_.back().second != shift) breaks_.emplace_back(rows_, shift);
  ++rows_;
}

int64_t RowLines::line(int64_t row) const {
  NNC_ASSERT(row >= 0 && row < rows_, "a row beyond the file");
  const auto after = std::upper_bound(breaks_.begin(), breaks_.end(), row,
                                      [](int64_t wanted, const auto& entry) { return wanted < entry.first; });
  return row + std::prev(after)->second;
}

CsvReader::CsvReader(const std::string& path, CsvSetting setting) : CsvReader(InputFile(path), std::move(setting)) {}

CsvReader::CsvReader(InputFile file, CsvSetting setting) : setting_(std::move(setting)) {
  std::string path = file.path();
  if (setting_.use.written.empty()) setting_.use.written = path;
  scanner_ = std::make_unique<CsvScanner>(open_bytes(std::move(file)), std::move(path), setting_.format.separator,
                                          setting_.limits);
  const std::string_view block = scanner_->first_block();
  const Likeness likeness = unlike_text(block);
  if (!likeness.what.empty()) {
    throw text_failure({scanner_->path(), 1, 1}, "not CSV: looks like " + likeness.what, likeness.fix);
  }
  start_.text = block.substr(0, kStart);
  start_.all = scanner_->is_first_block_all() && block.size() == start_.text.size();
  if (setting_.use.kind == CsvUse::Kind::guessed) take_guess();
  sample_ = start_.cut(setting_.format.separator);
  if (is_headless()) {
    check_names();
    header_ = setting_.format.names;
    return;
  }
  try {
    read_header();
  } catch (const Failure& failure) {
    throw with_help(failure, advice());
  }
  check_header();
}

void CsvReader::take_guess() {
  const std::optional<CsvFormat> likely = guess_format(start_);
  if (!likely || *likely == setting_.format) return;
  warnings_.push_back(text_warning({scanner_->path(), 1, 1}, csv_advice(setting_.format, *likely, setting_.use)));
  setting_.format = *likely;
  scanner_->cut_at(likely->separator);
}

void CsvReader::read_header() {
  if (!scanner_->next_row()) {
    throw text_failure({scanner_->path(), 1, 1}, "no data rows", "the first line names the columns, the rows follow");
  }
  std::string scratch;
  for (size_t i = 0; i < scanner_->fields().size(); ++i) {
    header_.emplace_back(scanner_->fields()[i].unquoted(scratch));
    if (!is_utf8(header_.back())) {
      throw text_failure(scanner_->place(i), fmt::format("{} is not UTF-8", in_quotes(header_.back())),
                         "save the file as UTF-8");
    }
  }
}

bool CsvReader::header_is_numeric() const {
  return std::all_of(header_.begin(), header_.end(),
                     [](const std::string& name) { return parse_number(name).fault == NumberFault::none; });
}

TextPlace CsvReader::place_of_header(size_t column) const {
  return scanner_->place(column - (has_row_names_ && column > 0 ? 1 : 0));
}

void CsvReader::check_header() {
  if (header_.size() == 1) {
    if (std::string other = advice(); !other.empty()) warnings_.push_back(text_warning(scanner_->place(0), other));
  }
  has_row_names_ = has_row_names(sample_, setting_.format.separator);
  if (has_row_names_) {
    header_.insert(header_.begin(), "");
    warnings_.push_back(text_warning(scanner_->place(0),
                                     "the rows have one field more than the names of the columns: "
                                     "the first is taken for the row's own name"));
  }
  if (header_is_numeric()) {
    warnings_.push_back(text_warning(scanner_->place(0),
                                     "the names of the columns are all numbers; is the header line "
                                     "missing?"));
  }
  name_columns();
}

/// Numbers for the columns without a name. A name may not stand twice, but where it is a value of a missing header line
/// that waits until somebody asks for it.
void CsvReader::name_columns() {
  const bool is_row = header_is_numeric() || begins_with_values(sample_);
  std::unordered_map<std::string, size_t> seen;
  for (size_t i = 0; i < header_.size(); ++i) {
    const bool has_name = !header_[i].empty();
    if (!has_name) header_[i] = column_number(i);
    const auto [first, is_new] = seen.emplace(header_[i], i);
    if (is_new || !has_name || is_row) continue;
    throw text_failure(place_of_header(i),
                       fmt::format("column {} is called {}, as column {} is; the columns are {}", i + 1,
                                   in_quotes(header_[i]), first->second + 1, listed(header_)));
  }
}

/// The names that the format gives against the first row of the file.
void CsvReader::check_names() const {
  if (sample_.empty()) return;
  const std::vector<std::string>& names = setting_.format.names;
  const std::vector<CsvCell>& first = sample_[0];
  const bool same = first.size() == names.size() &&
                    std::equal(first.begin(), first.end(), names.begin(),
                               [](const CsvCell& cell, const auto& name) { return cell.text == trimmed(name); });
  if (same || (begins_with_names(sample_) && first.size() == names.size())) {
    CsvFormat without_names = setting_.format;
    without_names.names.clear();
    throw text_failure({scanner_->path(), 1, 1}, "this line names the columns, and so does 'names': it would be a row",
                       fmt::format("leave out 'names': {}; or take the line out of the file",
                                   csv_text(setting_.use.written, without_names)));
  }
}

CsvFormat CsvReader::likely() const {
  CsvFormat found = guess_format(start_, setting_.format.separator).value_or(setting_.format);
  const CsvSample sample = start_.cut(found.separator);
  if (sample.empty()) return found;
  if (is_headless()) {
    found.names = setting_.format.names;
    for (size_t i = found.names.size(); i < sample[0].size(); ++i) found.names.push_back(column_number(i));
  } else if (begins_with_values(sample) || (found.separator == setting_.format.separator && header_is_numeric())) {
    found.names = likely_names(setting_.use, sample[0]);
  } else {
    found.names.clear();
  }
  return found;
}

std::optional<int> CsvReader::find(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), trimmed(name));
  if (found == header_.end()) return std::nullopt;
  return static_cast<int>(found - header_.begin());
}

std::pair<std::string, std::string> CsvReader::unknown_column(std::string_view name) const {
  const CsvFormat likely = this->likely();
  std::string help;
  const std::string near = nearest(name, header_);
  if (!near.empty() && likely.separator == setting_.format.separator) {
    help = fmt::format("did you mean {}?", in_quotes(near));
  } else if (likely.separator != setting_.format.separator || likely.names != setting_.format.names) {
    help = csv_advice(setting_.format, likely, setting_.use);
  }
  return {fmt::format("no column {}; the columns are {}", in_quotes(name), listed(header_)), help};
}

int CsvReader::column(std::string_view name) const {
  const std::optional<int> found = find(name);
  if (!found) {
    const auto [message, help] = unknown_column(name);
    throw text_failure({scanner_->path(), 1, 1}, message, help);
  }
  const auto again = std::find(header_.begin() + *found + 1, header_.end(), header_[static_cast<size_t>(*found)]);
  if (again == header_.end()) return *found;
  throw text_failure(
      {scanner_->path(), 1, 1},
      fmt::format("columns {} and {} are both called {}", *found + 1, again - header_.begin() + 1, in_quotes(name)),
      advice());
}

std::pair<int, int> CsvReader::range(std::string_view first, std::string_view last) const {
  const int from = column(first);
  const int to = column(last);
  if (to < from) {
    throw text_failure({scanner_->path(), 1, 1},
                       fmt::format("column {} stands before {}: the range is empty", in_quotes(last), in_quotes(first)),
                       fmt::format("{}..{}", in_quotes(last), in_quotes(first)));
  }
  return {from, to - from + 1};
}

void CsvReader::check_width() const {
  const std::span<const CsvField> fields = scanner_->fields();
  if (fields.size() == header_.size()) return;
  const bool is_long = fields.size() > header_.size();
  throw text_failure(is_long ? scanner_->place(header_.size()) : scanner_->place_of_end(),
                     fmt::format("expected {} fields, as {} has, but found {}", header_.size(),
                                 is_headless() ? "'names'" : "the header", fields.size()),
                     width_help(fields));
}

std::string CsvReader::width_help(std::span<const CsvField> fields) const {
  const CsvFormat likely = this->likely();
  const bool other_names = is_headless() && likely.names != setting_.format.names;
  if (likely.separator != setting_.format.separator || other_names) {
    return csv_advice(setting_.format, likely, setting_.use);
  }
  const bool commas = setting_.format.separator == ',';
  if (fields.size() < header_.size()) return "";
  if (fields.size() == header_.size() + 1 && fields.back().text.empty()) {
    return fmt::format("{} too many at the end of the line", commas ? "a comma" : "a separator");
  }
  if (commas) return "a comma inside a field? put the field in quotes; numbers are written with a point";
  return "a separator inside a field? put the field in quotes";
}

CsvData CsvReader::read(std::span<const CsvRequest> requests) {
  std::vector<CsvCollector> collectors;
  for (const CsvRequest& request : requests) {
    NNC_ASSERT(request.first >= 0 && request.first + std::max(request.count, 1) <= static_cast<int>(header_.size()),
               "a request beyond the columns");
    collectors.emplace_back(request, setting_.format, setting_.limits);
  }
  CsvData data{.file = scanner_->path(),
               .format = setting_.format,
               .columns = {},
               .fields = {},
               .lines = {},
               .warnings = warnings_};
  each_row([&](std::span<const CsvField>, const CsvScanner& scanner) {
    for (CsvCollector& collector : collectors) collector.add_row(scanner, header_);
    data.lines.add(scanner.line());
  });
  for (size_t i = 0; i < collectors.size(); ++i) {
    std::vector<int>& fields = data.fields.emplace_back(requests[i].scattered);
    for (int k = 0; requests[i].scattered.empty() && k < std::max(requests[i].count, 1); ++k) {
      fields.push_back(requests[i].first + k);
    }
    data.columns.push_back(collectors[i].finish(data.rows()));
  }
  return data;
}

void CsvReader::each_row(const RowVisitor& visit) {
  const std::string& path = scanner_->path();
  bool any = false;
  try {
    while (scanner_->next_row()) {
      check_width();
      visit(scanner_->fields(), *scanner_);
      any = true;
    }
  } catch (const Failure&) {  // a file that changed meanwhile may look wrong in any way
    if (scanner_->changed()) throw file_failure(path, "changed during read");
    throw;
  }
  if (scanner_->changed()) throw file_failure(path, "changed during read");
  if (!any) {
    throw text_failure({path, scanner_->line(), 1}, is_headless() ? "no data rows" : "no data rows after the header");
  }
}

TextPlace csv_place(const std::string& path, char separator, int64_t line, int column) {
  try {
    CsvScanner scanner(open_bytes(path), path, separator, {});
    while (scanner.next() && scanner.line() <= line) {
      const bool is_there = scanner.line() == line && column < static_cast<int>(scanner.fields().size());
      if (is_there) return scanner.place(static_cast<size_t>(column));
    }
  } catch (const Failure&) {  // the file has changed, or it is standard input
    return {path, line, 1};
  }
  return {path, line, 1};
}

}  // namespace nnc
