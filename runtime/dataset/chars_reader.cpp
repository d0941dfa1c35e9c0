// Data of a text: windows of its characters.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "runtime/data/characters.h"
#include "runtime/dataset/source_readers.h"
#include "runtime/io/data_error.h"

namespace nnc {

namespace {

constexpr int64_t kMostNumbers = int64_t{1} << 34;  ///< characters of all windows together

struct Text {
  std::string path;
  std::vector<char32_t> characters;
  std::vector<TextPart> parts;
  const TextPart& train() const {
    return *std::find_if(parts.begin(), parts.end(), [](const TextPart& part) { return part.name == "train"; });
  }
};

Text read_text(const DataInfo& info, const DataPlaces& places) {
  Text text{find_data_path(info.files.at(0).path, places), {}, {}};
  text.characters = read_characters(text.path);
  text.parts = text_parts(static_cast<int64_t>(text.characters.size()), info.split);
  const TextPart& train = text.train();
  if (windows_in(train, info.window, info.stride) > 0) return text;
  throw file_failure(text.path,
                     fmt::format("{} {} characters, and a window is {} long",
                                 info.split.empty() ? "the text has" : "the part 'train' of the text has",
                                 train.end - train.begin, info.window),
                     "a longer text, or a shorter window");
}

/// A character that the training does not see, with its place.
[[noreturn]] void refuse_unknown(const Text& text, size_t at, bool trained) {
  TextPlace place{text.path, 1, 1};
  for (size_t i = 0; i < at; ++i) {
    ++place.column;
    if (text.characters[i] == '\n') place = {text.path, place.line + 1, 1};
  }
  const std::string name = character_name(text.characters[at]);
  if (trained) throw text_failure(place, fmt::format("the text that was trained on has no {}", name));
  throw text_failure(place, fmt::format("the part 'train' of the text has no {}", name),
                     "take it out of the text, or give 'train' a larger share");
}

template <typename T>
void fill(Column& column, const std::vector<int32_t>& codes, const Text& text, const DataInfo& info) {
  auto into = column.values<T>().begin();
  for (const TextPart& part : text.parts) {
    const int64_t count = windows_in(part, info.window, info.stride);
    for (int64_t window = 0; window < count; ++window) {
      auto from = codes.begin() + part.begin + window * info.stride;
      into = std::transform(from, from + info.window, into, [](int32_t code) { return static_cast<T>(code); });
    }
  }
}

/// Rows of a window each, those of a part behind those of the part before.
SourceData read(const DataInfo& info, const DataPlaces& places) {
  const Text text = read_text(info, places);
  const TextPart& train = text.train();
  const std::span<const char32_t> all = text.characters;
  const std::vector<std::string> vocabulary =
      info.characters.empty() ? different_characters(all.subspan(static_cast<size_t>(train.begin),
                                                                 static_cast<size_t>(train.end - train.begin)))
                              : info.characters;
  const std::vector<int32_t> codes = encoded(all, vocabulary);
  const auto unknown = std::find(codes.begin(), codes.end(), -1);
  if (unknown != codes.end()) {
    refuse_unknown(text, static_cast<size_t>(unknown - codes.begin()), !info.characters.empty());
  }
  SourceData data;
  DataPart& part = data.parts.emplace_back();
  for (const TextPart& one : text.parts) {
    const int64_t count = windows_in(one, info.window, info.stride);
    std::vector<int32_t> rows = all_rows(count);
    for (int32_t& row : rows) row += static_cast<int32_t>(part.rows);
    data.splits[one.name] = {0, std::move(rows)};
    part.rows += count;
    if (part.rows > kMostNumbers / info.window || part.rows > std::numeric_limits<int32_t>::max()) {
      throw file_failure(text.path,
                         fmt::format("windows of {} characters, {} from one to the next, are more than the limit of {} "
                                     "numbers",
                                     info.window, info.stride, kMostNumbers),
                         fmt::format("take fewer of them: stride: {}", info.window));
    }
  }
  data.splits["all"] = {0, all_rows(part.rows)};
  const bool bytes = vocabulary.size() <= 256;
  for (const RawSource& source : info.sources) {
    Column column = allocate_column(source.name, bytes ? Element::u8 : Element::i32, {info.window}, part.rows);
    bytes ? fill<uint8_t>(column, codes, text, info) : fill<int32_t>(column, codes, text, info);
    part.raw.emplace(source.name, std::move(column));
    data.vocabularies[source.name] = vocabulary;
    data.classes[source.name] = static_cast<int64_t>(vocabulary.size());
  }
  return data;
}

std::vector<DataProfile> profile(const DataInfo& info, const DataPlaces& places) {
  const Text text = read_text(info, places);
  DataProfile profile;
  profile.title = text.path;
  for (const TextPart& part : text.parts) {
    const int64_t count = windows_in(part, info.window, info.stride);
    profile.rows += count;
    if (!info.split.empty()) profile.splits.push_back(fmt::format("{} {}", part.name, count));
  }
  ColumnProfile column;
  column.name = "window";
  column.type = "text";
  column.deviation = std::nan("");
  const std::vector<std::string> vocabulary = different_characters(text.characters);
  std::vector<int64_t> counts(vocabulary.size());
  for (const int32_t code : encoded(text.characters, vocabulary)) ++counts[static_cast<size_t>(code)];
  for (size_t i = 0; i < counts.size(); ++i) column.classes.push_back({vocabulary[i], counts[i]});
  profile.columns.push_back(std::move(column));
  return {std::move(profile)};
}

}  // namespace

SourceReader chars_reader() { return {"chars", read, profile}; }

}  // namespace nnc
