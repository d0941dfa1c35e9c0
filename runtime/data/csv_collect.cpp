#include "runtime/data/csv_collect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "runtime/data/number_text.h"

namespace nnc {

CsvCollector::CsvCollector(const CsvRequest& request, const CsvFormat& format, const CsvLimits& limits)
    : request_(request), format_(format), limits_(limits) {
  if (request.kind == CsvRequest::Kind::text) {
    blocks_.emplace<Blocks<int32_t>>();
  } else if (request.element == Element::f32) {
    blocks_.emplace<Blocks<float>>();
  } else {
    NNC_ASSERT(request.element == Element::f64, "numbers of a CSV file are f32 or f64");
  }
  for (int field : request.scattered) fields_.push_back(static_cast<size_t>(field));
  for (int i = 0; request.scattered.empty() && i < std::max(request.count, 1); ++i) {
    fields_.push_back(static_cast<size_t>(request.first + i));
  }
}

void CsvCollector::add_row(const CsvScanner& scanner, const std::vector<std::string>& header) {
  if (auto* ids = std::get_if<Blocks<int32_t>>(&blocks_)) {
    for (size_t field : fields_) ids->push(word(scanner, field));
  } else if (auto* doubles = std::get_if<Blocks<double>>(&blocks_)) {
    for (size_t field : fields_) doubles->push(number(scanner, field, header));
  } else {
    auto& floats = std::get<Blocks<float>>(blocks_);
    for (size_t field : fields_) {
      const auto value = static_cast<float>(number(scanner, field, header));
      if (std::isinf(value)) {
        throw text_failure(scanner.place(field),
                           fmt::format("{} is out of range for f32", in_quotes(scanner.fields()[field].text)));
      }
      floats.push(value);
    }
  }
}

double CsvCollector::number(const CsvScanner& scanner, size_t field, const std::vector<std::string>& header) {
  const std::string_view text = scanner.fields()[field].unquoted(scratch_);
  const ParsedNumber parsed = parse_number(text, format_.decimal);
  if (parsed.fault == NumberFault::none) {
    require_whole(parsed.value, scanner, field, header);
    return parsed.value;
  }
  const NumberComplaint complaint = complain(text, parsed.fault, format_);
  throw text_failure(scanner.place(field), fmt::format("{} (column {})", complaint.message, in_quotes(header[field])),
                     complaint.help);
}

void CsvCollector::require_whole(double value, const CsvScanner& scanner, size_t field,
                                 const std::vector<std::string>& header) const {
  if (!request_.whole) return;
  const bool byte = request_.whole == Element::u8;
  if (value == std::floor(value) && value >= (byte ? 0 : INT32_MIN) && value <= (byte ? 255 : INT32_MAX)) return;
  throw text_failure(scanner.place(field),
                     fmt::format("{} is no {} (column {})", in_quotes(scanner.fields()[field].text),
                                 spelling(*request_.whole), in_quotes(header[field])),
                     byte ? "u8 holds whole numbers from 0 to 255" : "i32 holds whole numbers; f32 holds any");
}

int32_t CsvCollector::word(const CsvScanner& scanner, size_t field) {
  const std::string_view text = scanner.fields()[field].unquoted(scratch_);
  const auto known = numbers_of_words_.find(std::string(text));
  if (known != numbers_of_words_.end()) return known->second;
  if (text.empty()) throw text_failure(scanner.place(field), "an empty field where a label is expected");
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    throw text_failure(scanner.place(field), fmt::format("{} is not UTF-8 text", in_quotes(text)),
                       "save the file as UTF-8");
  }
  if (static_cast<int64_t>(words_.size()) >= limits_.labels) {
    throw text_failure(scanner.place(field),
                       fmt::format("more than {} different labels in one column, the limit", limits_.labels),
                       "is this column a class?");
  }
  const auto id = static_cast<int32_t>(words_.size());
  words_.emplace_back(text);
  numbers_of_words_.emplace(text, id);
  return id;
}

Column CsvCollector::finish(int64_t rows) {
  std::vector<int64_t> shape;
  if (request_.count > 0 || !request_.scattered.empty()) shape.push_back(static_cast<int64_t>(fields_.size()));
  const Element element = std::holds_alternative<Blocks<int32_t>>(blocks_) ? Element::i32 : request_.element;
  Column column = allocate_column(request_.name, element, shape, rows);
  if (auto* ids = std::get_if<Blocks<int32_t>>(&blocks_)) ids->join(column.values<int32_t>());
  if (auto* doubles = std::get_if<Blocks<double>>(&blocks_)) doubles->join(column.values<double>());
  if (auto* floats = std::get_if<Blocks<float>>(&blocks_)) floats->join(column.values<float>());
  column.words = std::move(words_);
  numbers_of_words_.clear();
  return column;
}

}  // namespace nnc
