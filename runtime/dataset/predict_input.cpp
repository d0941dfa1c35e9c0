#include "runtime/dataset/predict_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "runtime/data/byte_stream.h"
#include "runtime/data/csv.h"
#include "runtime/data/number_text.h"
#include "runtime/dataset/source_readers.h"
#include "runtime/io/data_error.h"
#include "support/diagnostics.h"

namespace nnc {

namespace {

int64_t elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (int64_t size : shape) count *= size;
  return count;
}

std::string shape_text(const std::vector<int64_t>& shape) {
  return shape.empty() ? "1 number" : fmt::format("{}", fmt::join(shape, "×"));
}

InputFile open_input(const std::string& path) {
  if (path != "-") {
    if (std::filesystem::is_directory(path)) {
      throw file_failure(path, "a folder where a CSV, IDX or NPY file is expected", "name a file in it");
    }
    return InputFile(path);
  }
  InputFile input = InputFile::standard_input();
  return InputFile::spooled(input.path(), [&](std::span<std::byte> into) { return input.read(into); });
}

/// CSV columns of one wanted tensor, put side by side.
struct CsvParts {
  std::vector<CsvRequest> requests;
  std::vector<size_t> first;  ///< request number where a wanted column begins; one more at the end
};

void require_columns(const CsvReader& reader, const std::string& file, const std::vector<WantedColumn>& wanted) {
  std::vector<std::string> missing;
  std::string help;
  for (const WantedColumn& column : wanted) {
    for (const std::string& name : column.columns) {
      if (reader.find(name)) continue;
      missing.push_back(name);
      std::string near = nearest(name, reader.header());
      if (!near.empty() && help.empty())
        help = fmt::format("for {}, did you mean {}?", in_quotes(name), in_quotes(near));
    }
  }
  if (missing.empty()) return;
  if (help.empty()) help = reader.unknown_column(missing[0]).second;
  if (help.empty()) help = "the first line names the columns; they may stand in any order";
  throw text_failure({file, 1, 1},
                     fmt::format("no column{} {}; the columns are {}", missing.size() > 1 ? "s" : "", listed(missing),
                                 listed(reader.header())),
                     help);
}

/// One request whatever the columns are, for the classes have one numbering.
CsvRequest labels_of(const CsvReader& reader, const WantedColumn& column) {
  CsvRequest request;
  request.name = column.name;
  request.kind = CsvRequest::Kind::text;
  request.first = reader.column(column.columns.at(0));
  if (column.columns.size() == 1) return request;
  for (const std::string& name : column.columns) request.scattered.push_back(reader.column(name));
  return request;
}

CsvParts plan_requests(const CsvReader& reader, const std::vector<WantedColumn>& wanted) {
  CsvParts parts;
  for (const WantedColumn& column : wanted) {
    parts.first.push_back(parts.requests.size());
    if (column.is_class) {
      parts.requests.push_back(labels_of(reader, column));
      continue;
    }
    for (const std::string& name : column.columns) {
      CsvRequest request;
      request.name = column.name;
      request.first = reader.column(name);
      request.whole = column.whole;
      // Neighbours that follow each other as wanted are read as one.
      if (parts.requests.size() > parts.first.back()) {
        CsvRequest& last = parts.requests.back();
        if (last.first + last.count == request.first) {
          ++last.count;
          continue;
        }
      }
      request.count = 1;
      parts.requests.push_back(request);
    }
  }
  parts.first.push_back(parts.requests.size());
  return parts;
}

Column side_by_side(CsvData& data, size_t begin, size_t end, const WantedColumn& wanted) {
  if (end - begin == 1) {
    Column whole = std::move(data.columns[begin]);
    whole.reshape(wanted.sample_shape);
    return whole;
  }
  Column joined = allocate_column(wanted.name, Element::f64, wanted.sample_shape, data.rows());
  auto into = joined.values<double>();
  auto width = static_cast<size_t>(joined.sample_size());
  size_t at = 0;
  for (size_t part = begin; part < end; ++part) {
    auto from = std::as_const(data.columns[part]).values<double>();
    auto step = static_cast<size_t>(data.columns[part].sample_size());
    for (size_t row = 0; row < static_cast<size_t>(data.rows()); ++row) {
      std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(row * step), step,
                  into.begin() + static_cast<std::ptrdiff_t>(row * width + at));
    }
    at += step;
  }
  return joined;
}

InputRows read_csv(CsvReader reader, const std::string& file, const std::vector<WantedColumn>& wanted,
                   std::vector<std::string>& warnings) {
  require_columns(reader, file, wanted);
  CsvParts parts = plan_requests(reader, wanted);
  CsvData data = reader.read(parts.requests);
  warnings.insert(warnings.end(), data.warnings.begin(), data.warnings.end());
  InputRows rows{{}, file, data.lines, {}, data.format.separator};
  for (size_t i = 0; i < wanted.size(); ++i) {
    std::vector<int>& fields = rows.fields.emplace_back();
    for (size_t part = parts.first[i]; part < parts.first[i + 1]; ++part) {
      fields.insert(fields.end(), data.fields[part].begin(), data.fields[part].end());
    }
    if (wanted[i].is_class) {
      rows.columns.push_back(encode_labels(data, parts.first[i], wanted[i].vocabulary));
      continue;
    }
    rows.columns.push_back(
        converted(side_by_side(data, parts.first[i], parts.first[i + 1], wanted[i]), wanted[i].element, file));
  }
  return rows;
}

/// The first row of a file, or its header.
std::vector<std::string> first_fields(const InputFile& file, char separator) {
  CsvScanner scanner(open_bytes(file), file.path(), separator, {});
  std::vector<std::string> fields;
  std::string scratch;
  if (!scanner.next_row()) return fields;
  for (const CsvField& field : scanner.fields()) fields.emplace_back(field.unquoted(scratch));
  return fields;
}

/// The names of a file's columns, of which the training's were `names` without a header line: none if the first line is
/// one; those wanted alone, in their order, if it has as many fields.
std::vector<std::string> names_for(const std::vector<std::string>& first, const std::vector<WantedColumn>& wanted,
                                   const std::vector<std::string>& names) {
  std::vector<std::string> needed;
  for (const std::string& name : names) {
    const bool is_wanted = std::any_of(wanted.begin(), wanted.end(), [&](const WantedColumn& column) {
      return std::find(column.columns.begin(), column.columns.end(), name) != column.columns.end();
    });
    if (is_wanted) needed.push_back(name);
  }
  const bool only_numbers = std::all_of(needed.begin(), needed.end(), [](const std::string& name) {
    return parse_number(name).fault == NumberFault::none;  // a row may hold them as well
  });
  auto is_there = [&](const std::string& name) { return std::find(first.begin(), first.end(), name) != first.end(); };
  if (!only_numbers && std::all_of(wanted.begin(), wanted.end(), [&](const WantedColumn& column) {
        return std::all_of(column.columns.begin(), column.columns.end(), is_there);
      })) {
    return {};
  }
  return first.size() != names.size() && first.size() == needed.size() ? needed : names;
}

std::vector<Column> read_array(const InputFile& file, const ArrayFiles& kind, const std::vector<WantedColumn>& wanted,
                               std::vector<std::string>& warnings) {
  if (wanted.size() != 1) {
    std::vector<std::string> names;
    for (const WantedColumn& column : wanted) names.push_back(column.name);
    throw file_failure(
        file.path(),
        fmt::format("{} holds one tensor, but {} are wanted: {}", kind.called, names.size(), listed(names)),
        "give a CSV file");
  }
  Column column = kind.read(file, wanted[0].name, warnings);
  if (column.sample_size() != elements(wanted[0].sample_shape)) {
    throw file_failure(file.path(),
                       fmt::format("{} samples of {}, but {} has {}", column.rows(), shape_text(column.sample_shape()),
                                   in_quotes(wanted[0].name), shape_text(wanted[0].sample_shape)));
  }
  column.reshape(wanted[0].sample_shape);
  if (wanted[0].whole && is_float(column.element()))
    column = converted(std::move(column), *wanted[0].whole, file.path());
  std::vector<Column> columns;
  columns.push_back(converted(std::move(column), wanted[0].element, file.path()));
  return columns;
}

}  // namespace

std::vector<std::string> numbered_columns(const std::string& name, const std::vector<int64_t>& sample_shape) {
  if (elements(sample_shape) == 1) return {name};
  std::vector<std::string> names;
  for (int64_t i = 0; i < elements(sample_shape); ++i) names.push_back(fmt::format("{}_{}", name, i));
  return names;
}

Column converted(Column column, Element element, const std::string& file) {
  if (column.element() == element) return column;
  Column result = allocate_column(column.name, element, column.sample_shape(), column.rows());
  int64_t count = column.tensor.count();
  bool whole = element == Element::u8 || element == Element::i32;
  for (int64_t i = 0; i < count; ++i) {
    double value = column.number(i);
    double low = element == Element::u8 ? 0 : -2147483648.0, high = element == Element::u8 ? 255 : 2147483647.0;
    if (whole && !(value == std::floor(value) && value >= low && value <= high)) {
      throw file_failure(
          file, fmt::format("row {} (from 0) of {}: {} is no {}", i / column.sample_size(), in_quotes(column.name),
                            value, element == Element::u8 ? "whole number from 0 to 255" : "whole number"));
    }
    result.tensor.set(i, value);
  }
  return result;
}

InputRows read_rows_of(const std::string& path, const std::vector<WantedColumn>& wanted, CsvFormat format,
                       std::vector<std::string>& warnings) {
  InputFile file = open_input(path);
  if (const ArrayFiles* kind = array_files(file)) return {read_array(file, *kind, wanted, warnings), path, {}, {}, ','};
  if (!format.names.empty()) format.names = names_for(first_fields(file, format.separator), wanted, format.names);
  CsvUse use{.kind = CsvUse::Kind::stored};
  for (const WantedColumn& column : wanted) {
    use.wanted.push_back({column.columns, false, column.is_class && !column.vocabulary.is_numeric()});
  }
  return read_csv(CsvReader(file.again(), {.format = std::move(format), .use = std::move(use)}), file.path(), wanted,
                  warnings);
}

}  // namespace nnc
