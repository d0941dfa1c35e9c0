#include "runtime/data/csv_advice.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/data/number_text.h"
#include "support/diagnostics.h"

namespace nnc {
namespace {

constexpr size_t kShownNames = 40;

/// Names given to the columns of a first record, one after the other.
class Placing {
 public:
  explicit Placing(const std::vector<CsvCell>& first) : names_(first.size()) {
    for (const CsvCell& cell : first) {
      is_text_.push_back(!is_missing(cell.text) && parse_number(cell.text).fault != NumberFault::none &&
                         parse_number(cell.text, ',').fault != NumberFault::none);
    }
  }

  bool has(const std::string& name) const { return std::find(names_.begin(), names_.end(), name) != names_.end(); }
  /// At the first text without a name, if there is one.
  void at_text(const std::string& name) {
    if (size_t i = next(true); i < names_.size() && !has(name)) names_[i] = name;
  }
  /// At the first number without a name, or else anything.
  void in_order(const std::string& name) {
    if (has(name)) return;
    size_t i = next(false);
    if (i == names_.size()) i = next(true);
    if (i < names_.size()) names_[i] = name;
  }
  /// The column's own number instead of a name.
  void number() {
    if (size_t i = next(false); i < names_.size()) names_[i] = column_number(i);
  }
  /// Numbers without a name.
  size_t left() const {
    size_t count = 0;
    for (size_t i = 0; i < names_.size(); ++i) count += names_[i].empty() && !is_text_[i];
    return count;
  }
  std::vector<std::string> finish() {
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty()) names_[i] = column_number(i);
    }
    return std::move(names_);
  }

 private:
  size_t next(bool text) const {
    size_t i = 0;
    while (i < names_.size() && !(names_[i].empty() && is_text_[i] == text)) ++i;
    return i;
  }

  std::vector<std::string> names_;
  std::vector<bool> is_text_;
};

/// The edit for a file that has to be like the training's.
std::string like_training(const CsvFormat& now, const CsvFormat& likely) {
  if (likely.separator != now.separator || likely.decimal != now.decimal) {
    return fmt::format("the training's file has {}{}: write this one so too", separator_words(now.separator),
                       now.decimal == ',' ? " and decimal commas" : "");
  }
  if (likely.names.size() > kShownNames) return "begin the file with a line that names its columns";
  std::string line;
  for (const std::string& name : likely.names) line += (line.empty() ? "" : std::string(1, now.separator)) + name;
  return fmt::format("begin the file with a line that names its columns: {}", escape_for_terminal(line));
}

}  // namespace

std::vector<std::string> likely_names(const CsvUse& use, const std::vector<CsvCell>& first) {
  Placing placing(first);
  std::vector<std::string> single;
  int64_t ranges = 0;
  for (const CsvUse::Wanted& wanted : use.wanted) {
    ranges += wanted.is_range;
    for (size_t i = 0; !wanted.is_range && i < wanted.columns.size(); ++i) {
      if (wanted.is_text) placing.at_text(wanted.columns[i]);
      if (!placing.has(wanted.columns[i])) single.push_back(wanted.columns[i]);
    }
  }
  for (const CsvUse::Wanted& wanted : use.wanted) {
    if (!wanted.is_range) {
      for (const std::string& name : wanted.columns) placing.in_order(name);
      continue;
    }
    placing.in_order(wanted.columns.front());
    const auto behind = static_cast<size_t>(
        std::count_if(single.begin(), single.end(), [&](const std::string& name) { return !placing.has(name); }));
    while (ranges == 1 && placing.left() > behind + 1) placing.number();
    placing.in_order(wanted.columns.back());
  }
  return placing.finish();
}

std::string csv_advice(const CsvFormat& now, const CsvFormat& likely, const CsvUse& use) {
  std::vector<std::string> questions;
  if (likely.separator != now.separator) {
    questions.push_back(fmt::format("is the separator {}?", separator_words(likely.separator)));
  }
  if (likely.decimal != now.decimal) {
    questions.push_back(fmt::format("do decimals stand behind a {}?", likely.decimal == '.' ? "point" : "comma"));
  }
  if (likely.names != now.names && !likely.names.empty()) {
    questions.emplace_back(now.names.empty() ? "is the header line missing?" : "are these the names?");
  }
  if (questions.empty()) return "";
  CsvFormat shown = likely;
  std::string count;
  if (shown.names.size() > kShownNames) {
    count = fmt::format(", with a name for each of the {} columns", shown.names.size());
    shown.names.resize(3);
  }
  const std::string call = csv_text(use.written, shown) + count;
  if (use.kind == CsvUse::Kind::guessed) return fmt::format("read as {}, which it seems to be", call);
  const std::string fix = use.kind == CsvUse::Kind::stored ? like_training(now, likely) : call;
  return fmt::format("{} {}", fmt::join(questions, " "), fix);
}

}  // namespace nnc
