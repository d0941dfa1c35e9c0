#include "runtime/data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "runtime/data/csv_collect.h"
#include "runtime/data/number_text.h"
#include "runtime/data/sniff.h"
#include "support/diagnostics.h"

namespace nnc {

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

CsvReader::CsvReader(const std::string& path, CsvLimits limits) : CsvReader(InputFile(path), limits) {}

CsvReader::CsvReader(InputFile file, CsvLimits limits)
    : scanner_(std::make_unique<CsvScanner>(std::move(file), limits)), limits_(limits) {
  const Likeness likeness = unlike_text(scanner_->first_block());
  if (!likeness.what.empty()) {
    throw text_failure({scanner_->file().path(), 1, 1}, "not CSV: looks like " + likeness.what, likeness.fix);
  }
  read_header();
}

void CsvReader::read_header() {
  const std::string& path = scanner_->file().path();
  const bool any = scanner_->next();
  if (!any || scanner_->is_blank_line()) {
    bool more = false;
    while (!more && scanner_->next()) more = !scanner_->is_blank_line();
    if (!more) throw text_failure({path, 1, 1}, "no data rows", "the first line names the columns, the rows follow");
    throw text_failure({path, 1, 1}, "an empty line where the names of the columns are expected");
  }
  std::string scratch;
  for (size_t i = 0; i < scanner_->fields().size(); ++i) {
    const CsvField& field = scanner_->fields()[i];
    header_.emplace_back(field.unquoted(scratch));
    if (!is_utf8(header_.back())) {
      throw text_failure(scanner_->place(i), fmt::format("{} is not UTF-8", in_quotes(header_.back())),
                         "save the file as UTF-8");
    }
  }
  check_header();
}

bool CsvReader::header_is_numeric() const {
  return std::all_of(header_.begin(), header_.end(),
                     [](const std::string& name) { return parse_number(name).fault == NumberFault::none; });
}

void CsvReader::check_header() {
  if (header_is_numeric()) {
    warnings_.push_back(text_warning(scanner_->place(0),
                                     "the names of the columns are all numbers; is the header line "
                                     "missing?"));
    return;  // names may repeat until one of them is asked for
  }
  std::unordered_map<std::string_view, size_t> seen;
  for (size_t i = 0; i < header_.size(); ++i) {
    if (header_[i].empty()) {
      throw text_failure(scanner_->place(i),
                         fmt::format("column {} has no name; the columns are {}", i + 1, listed(header_)));
    }
    const auto [first, is_new] = seen.emplace(header_[i], i);
    if (!is_new) {
      throw text_failure(scanner_->place(i),
                         fmt::format("column {} is called {}, as column {} is; the columns are {}", i + 1,
                                     in_quotes(header_[i]), first->second + 1, listed(header_)));
    }
  }
}

std::optional<int> CsvReader::find(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<int>(found - header_.begin());
}

std::pair<std::string, std::string> CsvReader::unknown_column(std::string_view name) const {
  std::string help;
  const std::string near = nearest(name, header_);
  if (!near.empty()) {
    help = fmt::format("did you mean {}?", in_quotes(near));
  } else if (header_is_numeric()) {
    help = "the first line holds only numbers: is the header line missing?";
  } else if (header_.size() == 1 && header_[0].find(';') != std::string::npos) {
    help = "is the separator ';'? nnc reads fields separated by commas";
  } else if (header_.size() == 1 && header_[0].find('\t') != std::string::npos) {
    help = "is the separator a tab? nnc reads fields separated by commas";
  }
  return {fmt::format("no column {}; the columns are {}", in_quotes(name), listed(header_)), help};
}

int CsvReader::column(std::string_view name) const {
  if (const std::optional<int> found = find(name)) {
    const auto again = std::find(header_.begin() + *found + 1, header_.end(), name);
    if (again == header_.end()) return *found;
    throw text_failure(
        {scanner_->file().path(), 1, 1},
        fmt::format("columns {} and {} are both called {}", *found + 1, again - header_.begin() + 1, in_quotes(name)),
        "the names are all numbers: is the header line missing?");
  }
  const auto [message, help] = unknown_column(name);
  throw text_failure({scanner_->file().path(), 1, 1}, message, help);
}

std::pair<int, int> CsvReader::range(std::string_view first, std::string_view last) const {
  const int from = column(first);
  const int to = column(last);
  if (to < from) {
    throw text_failure({scanner_->file().path(), 1, 1},
                       fmt::format("column {} stands before {}: the range is empty", in_quotes(last), in_quotes(first)),
                       fmt::format("{}..{}", in_quotes(last), in_quotes(first)));
  }
  return {from, to - from + 1};
}

bool CsvReader::next_row() {
  if (!scanner_->next()) return false;
  if (!scanner_->is_blank_line()) return true;
  const int64_t blank = scanner_->line();
  while (scanner_->next()) {
    if (scanner_->is_blank_line()) continue;
    throw text_failure({scanner_->file().path(), blank, 1},
                       fmt::format("an empty line between rows: expected {} fields", header_.size()));
  }
  return false;
}

void CsvReader::check_width() const {
  const std::span<const CsvField> fields = scanner_->fields();
  if (fields.size() == header_.size()) return;
  const bool is_long = fields.size() > header_.size();
  std::string help;
  if (header_.size() == 1 && header_[0].find(';') != std::string::npos) {
    help = "is the separator ';'? nnc reads fields separated by commas, and numbers with a point";
  } else if (is_long && fields.size() == header_.size() + 1 && fields.back().text.empty()) {
    help = "a comma too many at the end of the line";
  } else if (is_long) {
    help = "a comma inside a field? put the field in quotes; numbers are written with a point";
  }
  throw text_failure(is_long ? scanner_->place(header_.size()) : scanner_->place_of_end(),
                     fmt::format("expected {} fields, as the header has, but found {}", header_.size(), fields.size()),
                     help);
}

CsvData CsvReader::read(std::span<const CsvRequest> requests) {
  std::vector<CsvCollector> collectors;
  for (const CsvRequest& request : requests) {
    NNC_ASSERT(request.first >= 0 && request.first + std::max(request.count, 1) <= static_cast<int>(header_.size()),
               "a request beyond the columns");
    collectors.emplace_back(request, limits_);
  }
  CsvData data{.file = scanner_->file().path(), .columns = {}, .fields = {}, .lines = {}, .warnings = warnings_};
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
  const std::string& path = scanner_->file().path();
  bool any = false;
  try {
    while (next_row()) {
      check_width();
      visit(scanner_->fields(), *scanner_);
      any = true;
    }
  } catch (const Failure&) {  // a file that changed meanwhile may look wrong in any way
    if (scanner_->file().changed()) throw file_failure(path, "changed during read");
    throw;
  }
  if (scanner_->file().changed()) throw file_failure(path, "changed during read");
  if (!any) throw text_failure({path, scanner_->line(), 1}, "no data rows after the header");
}

TextPlace csv_place(const std::string& path, int64_t row, int column) {
  CsvScanner scanner(InputFile(path), {});
  for (int64_t record = 0; record <= row + 1; ++record) {
    if (!scanner.next()) return {path, 1, 1};
  }
  if (column >= static_cast<int>(scanner.fields().size())) return {path, scanner.line(), 1};
  return scanner.place(static_cast<size_t>(column));
}

TextPlace csv_place_in_line(const std::string& path, int64_t row, int64_t line, int column) {
  TextPlace place{path, line, 1};
  try {
    const TextPlace exact = csv_place(path, row, column);
    if (exact.line >= line) place = exact;
  } catch (const Failure&) {
    return place;
  }
  return place;
}

}  // namespace nnc
