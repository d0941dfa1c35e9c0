#include "runtime/data/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "runtime/data/number_text.h"
#include "support/diagnostics.h"

namespace nnc {
namespace {

TextPlace place_of_word(const CsvData& data, size_t column, int32_t word, std::span<const int32_t> rows) {
  const std::span<const int32_t> words = data.columns[column].values<int32_t>();
  const auto width = static_cast<size_t>(data.columns[column].sample_size());
  size_t at = 0;
  auto stands_in = [&](size_t row) {
    for (at = row * width; at < (row + 1) * width; ++at) {
      if (words[at] == word) return true;
    }
    return false;
  };
  if (rows.empty()) {
    at = static_cast<size_t>(std::find(words.begin(), words.end(), word) - words.begin());
  } else {
    for (const int32_t row : rows) {
      if (stands_in(static_cast<size_t>(row))) break;
    }
  }
  const auto row = static_cast<int64_t>(at / width);
  return csv_place(data.file, data.format.separator, data.lines.line(row), data.fields[column][at % width]);
}

/// A class number as written: an optional plus, digits, blanks around.
std::optional<int64_t> class_number(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc{} || result.ptr != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string numeric_complaint(std::string_view text) {
  const ParsedNumber parsed = parse_number(text);
  if (parsed.fault == NumberFault::none && parsed.value < 0)
    return fmt::format("class {} is negative", in_quotes(text));
  if (parsed.fault == NumberFault::none)
    return fmt::format("class {} is not a whole number, written without a point", in_quotes(text));
  return fmt::format("{} is not a class number", in_quotes(text));
}

struct Fitting {
  const CsvData& data;
  size_t column;
  std::span<const int32_t> rows;

  const std::string& word(int32_t id) const { return data.columns[column].words[static_cast<size_t>(id)]; }
  /// As it is written in a program: column("k"), columns("a".."b").
  std::string source() const {
    std::string names = data.columns[column].name;
    const bool several = data.columns[column].sample_size() > 1;
    for (const std::string_view between : {"..", ","}) {
      const std::string quoted = fmt::format("\"{}{}\"", between, between == "," ? " " : "");
      size_t at = several ? names.find(between) : std::string::npos;
      for (; at != std::string::npos; at = names.find(between, at + quoted.size())) {
        names.replace(at, between.size(), quoted);
      }
    }
    return fmt::format("{}(\"{}\")", several ? "columns" : "column", names);
  }
  [[noreturn]] void fail(int32_t id, const std::string& message, const std::string& help) const {
    throw text_failure(place_of_word(data, column, id, rows), message, help);
  }
};

Vocabulary fit_numbers(const Fitting& fitting, const std::vector<int32_t>& ids, std::optional<int64_t> declared) {
  int64_t largest = 0;
  int32_t largest_id = ids.front();
  std::vector<int64_t> numbers;
  for (const int32_t id : ids) {
    const std::optional<int64_t> number = class_number(fitting.word(id));
    if (!number) fitting.fail(id, numeric_complaint(fitting.word(id)), "classes are whole numbers from 0, or texts");
    if (*number > largest) {
      largest = *number;
      largest_id = id;
    }
    numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  const std::string from_one =
      numbers.front() == 1 ? fmt::format("classes count from 0: {} - 1", fitting.source()) : std::string();
  if (declared) {
    if (largest >= *declared) {
      fitting.fail(largest_id, fmt::format("class {} is none of 0..{} (class({}))", largest, *declared - 1, *declared),
                   from_one);
    }
    return {{}, *declared};
  }
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == static_cast<int64_t>(i)) continue;
    fitting.fail(largest_id,
                 fmt::format("numeric classes are 0..K-1, but no row of the train split has {} while this one has {}",
                             i, largest),
                 from_one);
  }
  return {{}, largest + 1};
}

}  // namespace

Vocabulary fit_vocabulary(const CsvData& data, size_t column, std::span<const int32_t> train_rows,
                          std::optional<int64_t> declared) {
  const Column& source = data.columns[column];
  const std::span<const int32_t> words = source.values<int32_t>();
  std::vector<bool> present(source.words.size(), false);
  const auto width = static_cast<size_t>(source.sample_size());
  for (const int32_t row : train_rows) {
    for (size_t i = 0; i < width; ++i) {
      present[static_cast<size_t>(words[static_cast<size_t>(row) * width + i])] = true;
    }
  }
  std::vector<int32_t> ids;
  bool all_numbers = true;
  for (size_t id = 0; id < present.size(); ++id) {
    if (!present[id]) continue;
    ids.push_back(static_cast<int32_t>(id));
    all_numbers = all_numbers && parse_number(source.words[id]).fault == NumberFault::none;
  }
  NNC_ASSERT(!ids.empty(), "no row to learn the classes from");
  const Fitting fitting{data, column, train_rows};
  if (all_numbers) return fit_numbers(fitting, ids, declared);
  Vocabulary vocabulary;
  for (const int32_t id : ids) vocabulary.names.push_back(source.words[static_cast<size_t>(id)]);
  std::sort(vocabulary.names.begin(), vocabulary.names.end());
  vocabulary.classes = static_cast<int64_t>(vocabulary.names.size());
  if (declared && *declared != vocabulary.classes) {
    throw text_failure({data.file, 1, 1},
                       fmt::format("column {} has {} classes in the train split ({}), but class({}) "
                                   "is declared",
                                   in_quotes(source.name), vocabulary.classes, listed(vocabulary.names, 8), *declared));
  }
  return vocabulary;
}

Column encode_labels(const CsvData& data, size_t column, const Vocabulary& vocabulary) {
  const Column& source = data.columns[column];
  std::vector<int32_t> classes(source.words.size(), -1);
  for (size_t id = 0; id < classes.size(); ++id) {
    const std::string& word = source.words[id];
    if (vocabulary.is_numeric()) {
      const std::optional<int64_t> number = class_number(word);
      if (number && *number < vocabulary.classes) {
        classes[id] = static_cast<int32_t>(*number);
        continue;
      }
      throw text_failure(
          place_of_word(data, column, static_cast<int32_t>(id), {}),
          number ? fmt::format("class {} is none of 0..{}", *number, vocabulary.classes - 1) : numeric_complaint(word));
    }
    const auto found = std::lower_bound(vocabulary.names.begin(), vocabulary.names.end(), word);
    if (found == vocabulary.names.end() || *found != word) {
      const std::string near = nearest(word, vocabulary.names);
      throw text_failure(
          place_of_word(data, column, static_cast<int32_t>(id), {}),
          fmt::format("label {} is none of the classes {}", in_quotes(word), listed(vocabulary.names)),
          near.empty() ? "a class must occur in the train split" : fmt::format("did you mean {}?", in_quotes(near)));
    }
    classes[id] = static_cast<int32_t>(found - vocabulary.names.begin());
  }
  Column labels = allocate_column(source.name, Element::i32, source.sample_shape(), source.rows());
  const std::span<const int32_t> words = source.values<int32_t>();
  const std::span<int32_t> into = labels.values<int32_t>();
  for (size_t i = 0; i < words.size(); ++i) into[i] = classes[static_cast<size_t>(words[i])];
  labels.words = vocabulary.names;
  return labels;
}

}  // namespace nnc
