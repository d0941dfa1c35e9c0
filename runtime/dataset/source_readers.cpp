#include "runtime/dataset/source_readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "runtime/data/byte_stream.h"
#include "runtime/data/split.h"
#include "runtime/io/data_error.h"
#include "support/error.h"
#include "support/printable.h"

namespace nnc {

std::span<const SourceReader> source_readers() {
  static const std::array kReaders{table_reader(), csv_reader(), idx_reader(), npy_reader(), chars_reader()};
  return kReaders;
}

const SourceReader& reader_of(const DataInfo& info) {
  const auto readers = source_readers();
  const auto found =
      std::find_if(readers.begin(), readers.end(), [&](const SourceReader& one) { return one.word == info.kind; });
  NNC_ASSERT(found != readers.end(), "a kind of source that nothing reads");
  return *found;
}

DataPlaces places_of(const DataInfo& info, DataPlaces places) {
  if (!info.folder.empty()) places.program_folder = info.folder;
  return places;
}

const ArrayFiles* array_files(const InputFile& file) {
  std::array<char, 16> start{};
  const size_t got = open_bytes(file)->read(std::as_writable_bytes(std::span(start)));
  for (const SourceReader& reader : source_readers()) {
    const std::string_view wanted = reader.array.start;
    if (reader.array.read != nullptr && std::string_view(start.data(), got).starts_with(wanted)) return &reader.array;
  }
  return nullptr;
}

std::vector<int32_t> all_rows(int64_t count) {
  std::vector<int32_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

void cut(const DataInfo& info, SourceData& data) {
  const int64_t rows = data.parts[0].rows;
  data.splits["all"] = {0, all_rows(rows)};
  if (info.split.empty()) {
    data.splits["train"] = {0, all_rows(rows)};
    return;
  }
  for (SplitRows& split : split_rows(rows, info.split, info.split_seed, info.origin)) {
    data.splits[split.name] = {0, std::move(split.rows)};
  }
}

void check_numbers_of(const RawSource& source, const Column& column, const std::string& where) {
  double high = source.whole == Element::u8 ? 255 : INT32_MAX, low = source.whole == Element::u8 ? 0 : INT32_MIN;
  if (source.is_class)
    std::tie(low, high) = std::pair{0.0, static_cast<double>(source.classes.value_or(INT32_MAX)) - 1};
  const bool bytes_fit = column.element() == Element::u8 && low <= 0 && high >= 255;
  if (!(source.whole || source.is_class) || bytes_fit) return;
  for (int64_t i = 0; i < column.tensor.count(); ++i) {
    const double value = column.number(i);
    if (value == std::floor(value) && value >= low && value <= high) continue;
    throw origin_failure(source.origin, fmt::format("sample {} (from 0) of {} in {} holds {}: wanted are whole numbers "
                                                    "from {} to {}",
                                                    i / column.sample_size(), in_quotes(source.name), in_quotes(where),
                                                    printable(value), low, high));
  }
}

}  // namespace nnc
