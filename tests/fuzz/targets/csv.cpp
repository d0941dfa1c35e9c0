// A CSV file: every column once as numbers, and once as the texts of classes, by each kind of format, and as guessed.
#include "runtime/data/csv.h"

#include "runtime/data/labels.h"
#include "tests/fuzz/targets/fuzz_target.h"

namespace {

using namespace nnc;

const CsvFormat kFormats[] = {{},
                              {.separator = ';', .decimal = ','},
                              {.separator = '\t'},
                              {.separator = CsvFormat::kBlanks},
                              {.separator = ',', .decimal = '.', .names = {"a", "b", "k"}}};

void read(const std::string& path, CsvRequest::Kind kind, const CsvFormat& format, CsvUse::Kind use) {
  CsvReader reader(path, {.format = format,
                          .use = {.kind = use, .wanted = {{{"a", "b"}, true, false}, {{"k"}, false, true}}},
                          .limits = {.record_bytes = 4096, .columns = 64, .labels = 64}});
  std::vector<CsvRequest> requests;
  for (size_t i = 0; i < reader.header().size(); ++i) {
    requests.push_back({.name = reader.header()[i], .first = static_cast<int>(i), .kind = kind});
    if (reader.column(reader.header()[i]) != static_cast<int>(i)) testing::found("a column that is not where it is");
  }
  CsvData data = reader.read(requests);
  std::vector<int32_t> rows;
  for (int64_t row = 0; row < data.rows(); ++row) rows.push_back(static_cast<int32_t>(row));
  for (size_t i = 0; i < data.columns.size(); ++i) {
    if (data.columns[i].rows != data.rows() || data.rows() == 0) testing::found("columns of other lengths");
    if (kind == CsvRequest::Kind::text) encode_labels(data, i, fit_vocabulary(data, i, rows));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static testing::MemoryFile file;
  file.set({reinterpret_cast<const char*>(data), size});
  for (const CsvFormat& format : kFormats) {
    for (const CsvRequest::Kind kind : {CsvRequest::Kind::number, CsvRequest::Kind::text}) {
      testing::taken([&] { read(file.path(), kind, format, CsvUse::Kind::declared); });
    }
  }
  testing::taken([&] { read(file.path(), CsvRequest::Kind::text, {}, CsvUse::Kind::guessed); });
  testing::taken([&] { read(file.path(), CsvRequest::Kind::number, {}, CsvUse::Kind::stored); });
  return 0;
}
