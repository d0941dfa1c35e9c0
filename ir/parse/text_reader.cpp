#include "ir/parse/text_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "support/diagnostics.h"

namespace nnc {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.';
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// \xNN back to bytes; anything else stays.
std::string unescaped(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    bool escape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && hex_digit(text[i + 2]) >= 0 &&
                  hex_digit(text[i + 3]) >= 0;
    result += escape ? static_cast<char>(hex_digit(text[i + 2]) * 16 + hex_digit(text[i + 3])) : text[i];
    if (escape) i += 3;
  }
  return result;
}

std::optional<int> small_number(std::string_view text) {
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool whole = error == std::errc() && end == text.data() + text.size() && !text.empty() && value >= 0;
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

void TextReader::fail_at(uint32_t offset, const std::string& message, const std::string& help) const {
  std::string_view text = source_.text();
  uint32_t end = std::min<uint32_t>(offset, static_cast<uint32_t>(text.size()));
  if (end < text.size() && text[end] == '%') ++end;
  while (end < text.size() && is_word_character(text[end])) ++end;
  throw Failure(ExitCode::wrong_program, render_uncoded(source_, {offset, end}, message, "", help));
}

Range TextReader::taken_since(uint32_t begin) const {
  const std::string_view text = source_.text().substr(0, at_);
  const size_t last = text.find_last_not_of(" \t\r\n");
  return {begin, last == std::string_view::npos ? begin : std::max(begin, static_cast<uint32_t>(last + 1))};
}

void TextReader::skip() {
  std::string_view text = source_.text();
  while (at_ < text.size()) {
    char c = text[at_];
    if (c == '#') {
      while (at_ < text.size() && text[at_] != '\n') ++at_;
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
    } else {
      return;
    }
  }
}

bool TextReader::at_end() {
  skip();
  return at_ >= source_.text().size();
}

char TextReader::peek() { return at_end() ? '\0' : source_.text()[at_]; }

bool TextReader::accept(std::string_view text) {
  skip();
  if (!rest().starts_with(text)) return false;
  std::string_view after = rest().substr(text.size());
  if (text.back() != '.' && is_word_character(text.back()) && !after.empty() && is_word_character(after[0]))
    return false;
  at_ += static_cast<uint32_t>(text.size());
  return true;
}

std::string TextReader::found() {
  if (at_end()) return "the end of the text";
  size_t length = 0;
  std::string_view text = rest();
  while (length < text.size() && length < 40 && is_word_character(text[length])) ++length;
  return fmt::format("'{}'", escape_for_terminal(text.substr(0, std::max<size_t>(length, 1))));
}

void TextReader::expect(std::string_view text) {
  if (!accept(text)) fail(fmt::format("expected '{}', found {}", text, found()));
}

std::string TextReader::word(std::string_view what) {
  skip();
  size_t length = 0;
  std::string_view text = rest();
  while (length < text.size() && is_word_character(text[length])) ++length;
  if (length == 0) fail(fmt::format("expected {}, found {}", what, found()));
  at_ += static_cast<uint32_t>(length);
  return std::string(text.substr(0, length));
}

std::string TextReader::quoted() {
  uint32_t begin = position();
  expect("\"");
  std::string result;
  std::string_view text = source_.text();
  while (at_ < text.size() && text[at_] != '"' && text[at_] != '\n') {
    char c = text[at_++];
    if (c != '\\') {
      result += c;
      continue;
    }
    if (at_ < text.size() && (text[at_] == '"' || text[at_] == '\\')) {
      result += text[at_++];
    } else if (at_ + 2 < text.size() && text[at_] == 'x' && hex_digit(text[at_ + 1]) >= 0 &&
               hex_digit(text[at_ + 2]) >= 0) {
      result += static_cast<char>(hex_digit(text[at_ + 1]) * 16 + hex_digit(text[at_ + 2]));
      at_ += 3;
    } else {
      fail_at(at_ - 1, "an escape is \\\", \\\\ or \\xNN");
    }
  }
  if (at_ >= text.size() || text[at_] != '"') fail_at(begin, "this text has no closing quote on its line");
  ++at_;
  return result;
}

std::string TextReader::name(std::string_view what) { return peek() == '"' ? quoted() : word(what); }

int64_t TextReader::integer() {
  skip();
  std::string_view text = rest();
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) fail("this number does not fit into 64 bits");
  if (error != std::errc()) fail(fmt::format("expected a whole number, found {}", found()));
  at_ += static_cast<uint32_t>(end - text.data());
  return value;
}

Dim TextReader::dim() {
  uint32_t begin = position();
  Dim result = 1;
  if (is_digit(peek()) || peek() == '-') {
    result.count = integer();
    if (result.count < 0) fail_at(begin, "a size is not negative");
    if (!accept("*")) return result;
  }
  if (accept("B")) {
    result.symbol = Symbol::rows;
  } else if (accept("N")) {
    result.symbol = Symbol::samples;
  } else {
    fail(fmt::format("expected a size: a number, B or N, found {}", found()));
  }
  return result;
}

Shape TextReader::shape() {
  expect("[");
  Shape shape;
  if (accept("]")) return shape;
  do {
    if (shape.size() == static_cast<size_t>(kMaxRank)) fail(fmt::format("a tensor has at most {} axes", kMaxRank));
    shape.push_back(dim());
  } while (accept(","));
  expect("]");
  return shape;
}

Type TextReader::type() {
  if (accept("(")) {
    std::vector<Type> parts;
    do {
      if (peek() == '(') fail("a tuple has no tuple within it");
      parts.push_back(type());
    } while (accept(","));
    expect(")");
    return Type::tuple(std::move(parts));
  }
  uint32_t begin = position();
  std::string text = word("a type such as f32[B, 4]");
  std::optional<Element> element = parse_element(text);
  if (!element) {
    std::string best = nearest(text, {"f32", "f64", "bf16", "i32", "u8", "bool"});
    fail_at(begin,
            fmt::format("'{}' is not an element type{}", text, best.empty() ? "" : "; did you mean " + best + "?"));
  }
  Shape sizes = shape();
  std::optional<Dim> count = product(sizes);
  if (!count || count->count > INT64_MAX / 64) fail_at(begin, "a tensor of " + to_string(sizes) + " can't be counted");
  return {*element, std::move(sizes)};
}

std::vector<int64_t> TextReader::integers() {
  expect("[");
  std::vector<int64_t> values;
  if (accept("]")) return values;
  do values.push_back(integer());
  while (accept(","));
  expect("]");
  return values;
}

Attribute TextReader::number() {
  skip();
  std::string_view text = rest();
  bool negative = text.starts_with('-');
  std::string_view digits = negative ? text.substr(1) : text;
  size_t length = 0;
  bool hex = digits.starts_with("0x");
  bool real = hex;
  while (length < digits.size()) {
    char c = digits[length];
    bool exponent = hex ? c == 'p' : c == 'e' || c == 'E';
    real = real || c == '.' || exponent;
    if (!is_word_character(c)) break;
    length +=
        exponent && length + 1 < digits.size() && (digits[length + 1] == '-' || digits[length + 1] == '+') ? 2 : 1;
  }
  std::string_view own = digits.substr(0, length);
  if (own != "inf" && own != "nan" && !real) return integer();
  double value = 0;
  std::string_view body = hex ? own.substr(2) : own;
  auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value,
                                      hex ? std::chars_format::hex : std::chars_format::general);
  if (error == std::errc::result_out_of_range) fail("this number is outside the range of f64");
  if (error != std::errc() || end != body.data() + body.size()) fail(fmt::format("'{}' is not a number", own));
  at_ += static_cast<uint32_t>(own.size() + (negative ? 1 : 0));
  return negative ? -value : value;
}

Attribute TextReader::attribute() {
  char c = peek();
  if (c == '"') return quoted();
  if (is_digit(c) || c == '-') return number();
  for (std::string_view special : {"inf", "nan"}) {
    if (accept(special)) {
      return special == "inf" ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    }
  }
  if (accept("ints")) return integers();
  if (accept("sizes")) return shape();
  uint32_t begin = position();
  std::string text = word("a value");
  if (std::optional<Element> element = parse_element(text)) return *element;
  if (std::optional<InputRole> role = parse_input_role(text)) return *role;
  fail_at(begin, fmt::format("'{}' is not a value: write a number, \"a text\", ints [..], sizes [..], an element type "
                             "or an input's role",
                             text));
}

std::optional<Origin> TextReader::origin_on_this_line() {
  std::string_view text = rest();
  size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos || text[begin] != '#') return std::nullopt;
  std::string_view line = text.substr(begin + 1, std::min(text.find('\n', begin), text.size()) - begin - 1);
  while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  while (line.starts_with(' ')) line.remove_prefix(1);
  size_t first = line.find(':');
  size_t second = first == std::string_view::npos ? first : line.find(':', first + 1);
  if (second == std::string_view::npos || line.substr(0, first).find(' ') != std::string_view::npos)
    return std::nullopt;
  size_t end = std::min(line.find(' ', second), line.size());
  std::optional<int> row = small_number(line.substr(first + 1, second - first - 1));
  std::optional<int> column = small_number(line.substr(second + 1, end - second - 1));
  if (!row || !column || first == 0) return std::nullopt;
  Origin origin{unescaped(line.substr(0, first)), *row, *column, ""};
  if (end < line.size()) origin.note = unescaped(line.substr(end + 1));
  return origin;
}

}  // namespace nnc
