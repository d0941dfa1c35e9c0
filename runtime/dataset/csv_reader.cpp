// Data of a CSV file.
#include <fmt/format.h>

#include <tuple>

#include "runtime/data/labels.h"
#include "runtime/dataset/source_readers.h"
#include "support/error.h"

namespace nnc {

namespace {

/// The columns that the sources ask for, and their names as the file has them.
std::vector<CsvRequest> requests_of(const DataInfo& info, const CsvReader& reader, SourceData& data) {
  std::vector<CsvRequest> requests;
  for (const RawSource& source : info.sources) {
    CsvRequest request;
    request.name = source.name;
    try {
      if (source.is_range) {
        std::tie(request.first, request.count) = reader.range(source.columns.at(0), source.columns.at(1));
        auto names = reader.header().begin() + request.first;
        data.columns[source.name] = {names, names + request.count};
      } else {
        request.first = reader.column(source.columns.at(0));
        data.columns[source.name] = source.columns;
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
  return requests;
}

SourceData read(const DataInfo& info, const DataPlaces& places) {
  const std::string& written = info.files.at(0).path;
  CsvUse use{.written = written};
  for (const RawSource& source : info.sources) {
    use.wanted.push_back({source.columns, source.is_range, source.is_class});
  }
  CsvReader reader(find_data_path(written, places), {.format = info.format, .use = std::move(use)});
  SourceData data;
  CsvData csv = reader.read(requests_of(info, reader, data));
  data.warnings = csv.warnings;
  data.file = csv.file;
  data.lines = csv.lines;
  data.separator = csv.format.separator;
  for (size_t i = 0; i < info.sources.size(); ++i) data.places[info.sources[i].name] = csv.fields[i];
  data.parts.emplace_back().rows = csv.rows();
  cut(info, data);
  for (size_t i = 0; i < info.sources.size(); ++i) {
    const RawSource& source = info.sources[i];
    if (source.is_class) {
      Vocabulary vocabulary = fit_vocabulary(csv, i, data.splits.at("train").rows, source.classes);
      data.vocabularies[source.name] = vocabulary.names;
      data.classes[source.name] = vocabulary.classes;
      data.parts[0].raw.emplace(source.name, encode_labels(csv, i, vocabulary));
    } else {
      data.parts[0].raw.emplace(source.name, std::move(csv.columns[i]));
    }
  }
  return data;
}

std::vector<DataProfile> profile(const DataInfo& info, const DataPlaces& places) {
  const std::string& written = info.files.at(0).path;
  return {profile_csv(find_data_path(written, places), {.format = info.format, .use = {.written = written}})};
}

}  // namespace

SourceReader csv_reader() { return {"csv", read, profile}; }

}  // namespace nnc
