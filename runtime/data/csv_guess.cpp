#include "runtime/data/csv_guess.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/data/csv_scanner.h"
#include "runtime/data/number_text.h"

namespace nnc {
namespace {

constexpr size_t kRecords = 50;

bool is_number(const std::string& text, char decimal) { return parse_number(text, decimal).fault == NumberFault::none; }
bool is_number(const CsvCell& cell) { return is_number(cell.text, '.') || is_number(cell.text, ','); }
bool is_text(const CsvCell& cell) { return !is_missing(cell.text) && !is_number(cell); }

/// Of the records from `first` on: whether those that have a value in this column hold numbers there, and there is one.
bool is_numeric(const CsvSample& sample, size_t column, size_t first = 1) {
  bool any = false;
  for (size_t i = first; i < sample.size(); ++i) {
    if (column >= sample[i].size() || is_missing(sample[i][column].text)) continue;
    if (!is_number(sample[i][column])) return false;
    any = true;
  }
  return any;
}

bool has_text_above_numbers(const CsvSample& sample) {
  for (size_t column = 0; !sample.empty() && column < sample[0].size(); ++column) {
    if (is_text(sample[0][column]) && is_numeric(sample, column)) return true;
  }
  return false;
}

/// 0, 1, 2, … or years: names that a table library or a pivot gives.
bool count_up(const std::vector<CsvCell>& record) {
  std::vector<double> values;
  for (const CsvCell& cell : record) {
    if (is_number(cell)) values.push_back(parse_number(cell.text).value);
  }
  for (size_t i = 1; i < values.size(); ++i) {
    if (values[i] != values[0] + static_cast<double>(i)) return false;
  }
  return values.size() > 2;
}

/// How many fields of the first record occur below themselves.
size_t recurring(const CsvSample& sample) {
  size_t count = 0;
  for (size_t column = 0; column < sample[0].size(); ++column) {
    count += std::any_of(sample.begin() + 1, sample.end(), [&](const std::vector<CsvCell>& record) {
      return column < record.size() && record[column].text == sample[0][column].text;
    });
  }
  return count;
}

/// The numbers among all fields as a share, or −1 for what is no table of two columns or more.
double share_of_numbers(const CsvSample& sample, char separator) {
  if (sample.empty()) return -1;
  const size_t width = sample.back().size();
  const bool same = std::all_of(sample.begin() + 1, sample.end(), [&](const auto& row) { return row.size() == width; });
  if (!same || width < 2 || (sample[0].size() != width && !has_row_names(sample, separator))) return -1;
  int64_t numbers = 0;
  for (const std::vector<CsvCell>& record : sample)
    numbers += std::count_if(record.begin(), record.end(), [](auto& c) { return is_number(c); });
  if (separator == CsvFormat::kBlanks && numbers == 0) return -1;  // words of a sentence
  return static_cast<double>(numbers) / static_cast<double>(width * sample.size());
}

/// Commas before decimals: some numbers have one that cuts off no thousands, and none has a point.
bool has_decimal_commas(const CsvSample& sample) {
  bool commas = false;
  for (const std::vector<CsvCell>& record : sample) {
    for (const CsvCell& cell : record) {
      if (is_number(cell.text, '.') && cell.text.find('.') != std::string::npos) return false;
      if (is_number(cell.text, '.') || !is_number(cell.text, ',')) continue;
      const size_t comma = cell.text.find(',');
      commas = commas || cell.text.size() != comma + 4 || comma > 3 || cell.text[0] == '0';
    }
  }
  return commas;
}

}  // namespace

CsvSample CsvStart::cut(char separator) const {
  CsvSample sample;
  std::string scratch;
  try {
    CsvScanner scanner(text, separator, {});
    while (sample.size() < kRecords && scanner.next_row()) {
      std::vector<CsvCell>& record = sample.emplace_back();
      for (const CsvField& field : scanner.fields()) {
        record.push_back({std::string(field.unquoted(scratch)), field.quoted});
      }
    }
  } catch (const Failure&) {
    return {};
  }
  if (!all && sample.size() < kRecords && !sample.empty()) sample.pop_back();  // it may be cut
  return sample;
}

bool begins_with_values(const CsvSample& sample) {
  if (sample.empty() || has_text_above_numbers(sample)) return false;
  if (std::any_of(sample[0].begin(), sample[0].end(), [](const CsvCell& cell) { return is_number(cell); })) {
    return !count_up(sample[0]);
  }
  return sample.size() > 2 && recurring(sample) * 2 >= sample[0].size();
}

bool begins_with_names(const CsvSample& sample) {
  return !sample.empty() && std::all_of(sample[0].begin(), sample[0].end(), is_text) && has_text_above_numbers(sample);
}

bool has_row_names(const CsvSample& sample, char separator) {
  if (sample.size() < 2 || begins_with_values(sample)) return false;
  for (size_t i = 1; i < sample.size(); ++i) {
    const std::vector<CsvCell>& row = sample[i];
    if (row.size() != sample[0].size() + 1) return false;
    const bool is_name = row[0].quoted || is_text(row[0]) || (separator != ',' && row[0].text == fmt::to_string(i));
    if (!is_name) return false;
  }
  return true;
}

std::string column_number(size_t column) { return fmt::format("column {}", column + 1); }

std::optional<CsvFormat> guess_format(const CsvStart& start, std::optional<char> preferred) {
  std::optional<CsvFormat> best;
  double most = -1;
  CsvSample chosen;
  for (const char separator : {',', ';', '\t', '|', CsvFormat::kBlanks}) {
    CsvSample sample = start.cut(separator);
    const double share = share_of_numbers(sample, separator);
    const double rank = share >= 0 && separator == preferred ? 2 : share;
    if (rank <= most) continue;
    most = rank;
    best.emplace().separator = separator;
    chosen = std::move(sample);
  }
  if (!best) return best;
  if (best->separator != ',' && has_decimal_commas(chosen)) best->decimal = ',';
  for (size_t i = 0; begins_with_values(chosen) && i < chosen[0].size(); ++i) best->names.push_back(column_number(i));
  return best;
}

}  // namespace nnc
