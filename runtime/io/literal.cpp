#include "runtime/io/literal.h"

#include <fmt/format.h>

#include <cctype>
#include <charconv>
#include <cmath>

#include "support/diagnostics.h"
#include "support/error.h"
#include "support/printable.h"

namespace nnc {

namespace {

constexpr size_t kMaxDepth = 8;  ///< of lists: the most axes that a tensor has

/// Reads nested lists by counting, without recursion: `[` opens an axis, `]` closes it.
class LiteralReader {
 public:
  LiteralReader(const std::string& name, std::string_view text) : name_(name), text_(text) {}

  GivenArgument read() {
    skip_blanks();
    if (at_ < text_.size() && is_word_start(text_[at_]) && number_word().empty()) return word();
    do {
      item();
    } while (!open_.empty());
    if (at_ < text_.size()) refuse(fmt::format("'{}' follows its end", text_.substr(at_)));
    for (int64_t length : lengths_) given_.shape.push_back(length);
    return std::move(given_);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw Failure(
        ExitCode::wrong_command,
        fmt::format("nnc: error: '--{}' can't be read: {}\n help: write a number (1.5), a list ([1, 2, 3]) or a list "
                    "of lists ([[1, 2], [3, 4]]), in quotes where the shell wants them",
                    escape_for_terminal(name_), escape_for_terminal(what)));
  }

  static bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }

  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  std::string_view number_word() const {
    for (std::string_view known : {"true", "false", "inf", "nan"}) {
      if (text_.substr(at_).starts_with(known)) return known;
    }
    return {};
  }

  GivenArgument word() {
    std::string_view rest = text_.substr(at_);
    size_t end = rest.find_last_not_of(" \t\n");
    given_.word = std::string(rest.substr(0, end + 1));
    for (char c : given_.word) {
      if (!is_word_start(c) && std::isdigit(static_cast<unsigned char>(c)) == 0) {
        refuse(fmt::format("'{}' is no number", given_.word));
      }
    }
    return std::move(given_);
  }

  /// A number, or a bracket, and what follows it.
  void item() {
    skip_blanks();
    if (at_ == text_.size()) refuse(open_.empty() ? "it is empty" : "']' is missing at its end");
    if (text_[at_] == '[') {
      ++at_;
      if (open_.size() == kMaxDepth) refuse(fmt::format("more than {} lists in each other", kMaxDepth));
      if (!open_.empty() && leaf_depth_ == open_.size()) refuse("a list stands beside a number");
      open_.push_back(0);
      if (open_.size() > lengths_.size()) lengths_.push_back(-1);
      skip_blanks();
      if (at_ < text_.size() && text_[at_] == ']') refuse("an empty list has no size that a network could use");
      return;
    }
    if (leaf_depth_ == kNoDepth) leaf_depth_ = open_.size();
    if (leaf_depth_ != open_.size()) refuse("a number stands beside a list");
    number();
    after_item();
  }

  void number() {
    bool minus = text_[at_] == '-', plus = text_[at_] == '+';
    if (plus || minus) ++at_;
    std::string_view known = number_word();
    double value = 0;
    if (!known.empty()) {
      value = known == "true" ? 1 : known == "false" ? 0 : known == "inf" ? INFINITY : NAN;
      at_ += known.size();
    } else {
      auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
      size_t stop = text_.find_first_of(", ]\t\n", at_);
      std::string_view token = text_.substr(at_, stop == std::string_view::npos ? stop : stop - at_);
      if (error == std::errc::result_out_of_range) refuse(fmt::format("'{}' is beyond the largest number", token));
      if (error != std::errc() || token.empty()) refuse(fmt::format("'{}' is no number", token));
      at_ = static_cast<size_t>(end - text_.data());
    }
    given_.values.push_back(minus ? -value : value);
  }

  /// Commas and closing brackets, up to the next item or the end.
  void after_item() {
    for (skip_blanks(); !open_.empty(); skip_blanks()) {
      ++open_.back();
      if (at_ == text_.size()) refuse("']' is missing at its end");
      if (text_[at_] == ',') {
        ++at_;
        return;
      }
      if (text_[at_] != ']') refuse(fmt::format("a comma or ']' is missing before '{}'", text_.substr(at_)));
      ++at_;
      int64_t& length = lengths_[open_.size() - 1];
      if (length >= 0 && length != open_.back()) {
        refuse(fmt::format("its lists are of different lengths, {} and {}", length, open_.back()));
      }
      length = open_.back();
      open_.pop_back();
    }
  }

  static constexpr size_t kNoDepth = SIZE_MAX;
  const std::string& name_;
  std::string_view text_;
  size_t at_ = 0;
  GivenArgument given_;
  std::vector<int64_t> open_;     ///< items so far of each list that is open
  std::vector<int64_t> lengths_;  ///< by depth, once a list of it has ended
  size_t leaf_depth_ = kNoDepth;
};

}  // namespace

GivenArgument parse_literal(const std::string& name, std::string_view text) { return LiteralReader(name, text).read(); }

std::string number_text(double value, Element element) {
  if (element == Element::boolean) return value != 0 ? "true" : "false";
  if (element == Element::f64) return fmt::format("{}", printable(value));
  if (is_float(element)) return fmt::format("{}", static_cast<float>(printable(value)));
  return fmt::format("{:.0f}", value);
}

std::string literal_text(const Tensor& tensor) {
  const Shape& shape = tensor.type.shape;
  std::string text;
  const std::vector<double> numbers = tensor.numbers();
  for (size_t i = 0; i < numbers.size(); ++i) {
    size_t begins = 0, ends = 0, block = 1;  // how many lists begin and end at this element
    for (size_t axis = shape.size(); axis-- > 0;) {
      block *= static_cast<size_t>(shape[axis].count);
      if (i % block == 0) ++begins;
      if (i % block == block - 1) ++ends;
    }
    if (i > 0) text += ", ";
    text += std::string(begins, '[') + number_text(numbers[i], tensor.type.element) + std::string(ends, ']');
  }
  return text;
}

}  // namespace nnc
