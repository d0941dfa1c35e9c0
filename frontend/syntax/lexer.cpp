#include "frontend/syntax/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <iterator>
#include <optional>

#include "frontend/syntax/foreign_signs.h"

namespace nnc {

namespace {

constexpr size_t kMaxFile = 16u << 20;
constexpr size_t kMaxLine = 1u << 20;
constexpr size_t kMaxWord = 1000;

bool starts_name(unsigned char c) { return std::isalpha(c) != 0 || c == '_'; }
bool continues_name(unsigned char c) { return std::isalnum(c) != 0 || c == '_'; }

struct Decoded {
  uint32_t code = 0;
  uint32_t length = 1;
  bool valid = false;
};

/// One code point of UTF-8: overlong forms and surrogates are not valid.
Decoded decode(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u; };
  unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true};
  uint32_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (length == 0 || first > 0xF4) return {first, 1, false};
  uint32_t code = first & (0x7Fu >> length);
  for (uint32_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {first, 1, false};
    code = code << 6 | (byte(i) & 0x3F);
  }
  bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return {code, length, !overlong && !surrogate && code <= 0x10FFFF};
}

bool invisible(uint32_t code) {
  return (code >= 0x200B && code <= 0x200F) || (code >= 0x202A && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x2069) || code == 0xFEFF || code == 0x061C;
}

/// What is said of a number without digits on a side of its point: the number with them, where that makes it one.
std::string with_digits(std::string_view spelled) {
  std::string fixed(spelled);
  for (size_t at = fixed.find('.'); at != std::string::npos; at = fixed.find('.', at + 1)) {
    if (at + 1 == fixed.size() || std::isdigit(static_cast<unsigned char>(fixed[at + 1])) == 0)
      fixed.insert(at + 1, "0");
  }
  double value = 0;
  const auto [end, status] = std::from_chars(fixed.data(), fixed.data() + fixed.size(), value);
  const bool is_number = status == std::errc() && end == fixed.data() + fixed.size();
  return is_number ? "digits on both sides of the point: " + fixed : "a number is written like 0.5 or 1e-3";
}

class Lexer {
 public:
  Lexer(std::string_view text, Diagnostics& diagnostics) : text_(text), diagnostics_(diagnostics) {}

  Tokens run() {
    if (refused()) {
      finish();
      return std::move(result_);
    }
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
    while (at_ < text_.size()) step();
    finish();
    return std::move(result_);
  }

 private:
  bool refused() {
    bool utf16 = text_.size() >= 2 && (text_.substr(0, 2) == "\xFF\xFE" || text_.substr(0, 2) == "\xFE\xFF");
    for (size_t zero : {0u, 1u}) {  // without a byte order mark: every other byte is 0
      if (!utf16 && text_.size() >= 4) utf16 = text_[zero] == 0 && text_[zero + 2] == 0 && text_[1 - zero] != 0;
    }
    if (utf16)
      diagnostics_.error("E0101", {0, 1}, "this looks like UTF-16; save it as UTF-8");
    else if (text_.size() > kMaxFile)
      diagnostics_.error("E0109", {0, 1}, fmt::format("the file has more than {} bytes: a limit of nnc", kMaxFile));
    else if (is_binary())
      diagnostics_.error("E0103", {0, 1}, "this is no text, but a binary file").suggest(kind_of_binary());
    else
      return has_long_line();
    return true;
  }

  /// Many control characters at its beginning, which no text has.
  bool is_binary() const {
    const std::string_view start = text_.substr(0, 4096);
    const auto count = std::count_if(start.begin(), start.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f') || c == 0x7F;
    });
    return is_weights() || (count >= 4 && static_cast<size_t>(count) * 50 > start.size());
  }

  /// Of safetensors: the length of a header of JSON stands before it.
  bool is_weights() const {
    return text_.size() > 9 && text_.substr(8, 2) == "{\"" && text_.substr(0, 8).find('\0') != std::string_view::npos;
  }

  const char* kind_of_binary() const {
    if (text_.starts_with("\x1F\x8B")) return "it is compressed: gunzip it first";
    return is_weights() ? "these are weights: the program stands first, as in nnc eval FILE WEIGHTS" : "";
  }

  bool has_long_line() {
    for (size_t begin = 0; begin + kMaxLine <= text_.size();) {
      size_t end = std::min(text_.find_first_of("\r\n", begin), text_.size());
      if (end - begin >= kMaxLine) {
        auto place = static_cast<uint32_t>(begin);
        diagnostics_.error("E0109", {place, place + 1},
                           fmt::format("a line of {} bytes: the limit of nnc is {}", end - begin, kMaxLine - 1));
        return true;
      }
      begin = end + 1;
    }
    return false;
  }

  void finish() {
    auto end = static_cast<uint32_t>(text_.size());
    push(TokenKind::end, end, end, "");
    result_.tokens.back().after_newline = true;
  }

  void push(TokenKind kind, size_t begin, size_t end, std::string text, double number = 0) {
    Token token;
    token.kind = kind;
    token.range = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    token.text = std::move(text);
    token.number = number;
    token.after_newline = newline_;
    token.line = line_;
    result_.tokens.push_back(std::move(token));
    newline_ = false;
  }

  static Range range(size_t begin, size_t end) { return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)}; }

  Diagnostic& error(Code code, size_t begin, size_t end, const std::string& message) {
    return diagnostics_.error(code, range(begin, end), message);
  }

  void step() {
    auto c = static_cast<unsigned char>(text_[at_]);
    if (c == '\n' || c == '\r') {
      if (c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
      ++at_;
      ++line_;
      newline_ = true;
      line_begin_ = true;
    } else if (c == ' ' || c == '\t') {
      ++at_;
    } else if (c == '#') {
      comment();
    } else if (starts_name(c)) {
      word();
    } else if (std::isdigit(c) != 0) {
      number();
    } else if (c == '"') {
      if (!long_text()) string();
    } else if (c == '\'') {
      if (!long_text()) single_quotes();
    } else if (c >= 0x80 || c < 0x20 || c == 0x7F) {
      foreign();
    } else {
      sign();
    }
    if (c != ' ' && c != '\t' && c != '\n' && c != '\r') line_begin_ = false;
  }

  /// A character that can't stand here; true when it was reported. Advances past it.
  bool check_character() {
    Decoded c = decode(text_, at_);
    size_t begin = at_;
    at_ += c.length;
    if (!c.valid)
      error("E0102", begin, at_, fmt::format("invalid UTF-8: byte 0x{:02X}", static_cast<unsigned char>(text_[begin])));
    else if (invisible(c.code))
      error("E0104", begin, at_, fmt::format("the invisible character U+{:04X} is not allowed", c.code));
    else if ((c.code < 0x20 && c.code != '\t') || c.code == 0x7F)
      error("E0103", begin, at_, fmt::format("the control character 0x{:02X} is not allowed", c.code));
    else
      return false;
    return true;
  }

  void foreign() {
    size_t begin = at_;
    uint32_t code = decode(text_, at_).code;
    if (check_character()) return;
    while (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x80 && decode(text_, at_).valid) {
      at_ += decode(text_, at_).length;
    }
    error("E0106", begin, at_, fmt::format("names are ASCII, and this is U+{:04X}", code)).suggest(in_ascii(code));
  }

  void comment() {
    size_t begin = at_;
    bool own_line = line_begin_;
    while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') check_character();
    std::string_view comment = text_.substr(begin, at_ - begin);
    result_.comments.push_back({{static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)}, own_line});
    if (comment.substr(0, 2) != "##") return;
    comment.remove_prefix(2);
    if (!comment.empty() && comment[0] == ' ') comment.remove_prefix(1);
    result_.docs.push_back({line_, own_line, std::string(comment)});
  }

  void word() {
    size_t begin = at_;
    while (at_ < text_.size() && continues_name(static_cast<unsigned char>(text_[at_]))) ++at_;
    if (at_ < text_.size() && static_cast<unsigned char>(text_[at_]) >= 0x80) {
      size_t end = at_;
      foreign();
      push(TokenKind::name, begin, end, std::string(text_.substr(begin, end - begin)));
      return;
    }
    if (at_ - begin > kMaxWord) {
      error("E0109", begin, begin + 1,
            fmt::format("a name of {} characters: the limit of nnc is {}", at_ - begin, kMaxWord));
      push(TokenKind::name, begin, at_, "long");
      return;
    }
    push(TokenKind::name, begin, at_, std::string(text_.substr(begin, at_ - begin)));
  }

  void number() {
    size_t begin = at_;
    auto digits = [&] {
      size_t from = at_;
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
      return at_ > from;
    };
    auto peek = [&](size_t ahead) { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; };
    digits();
    bool malformed = false;
    if (peek(0) == '.' && peek(1) != '.' && !starts_name(static_cast<unsigned char>(peek(1)))) {
      ++at_;
      if (!digits()) malformed = true;
    }
    if (peek(0) == 'e' || peek(0) == 'E') {
      ++at_;
      if (peek(0) == '+' || peek(0) == '-') ++at_;
      if (!digits()) malformed = true;
    }
    bool tail = continues_name(static_cast<unsigned char>(peek(0))) ||
                (peek(0) == '.' && std::isdigit(static_cast<unsigned char>(peek(1))) != 0);
    if (tail) {
      malformed = true;
      while (continues_name(static_cast<unsigned char>(peek(0))) || (peek(0) == '.' && peek(1) != '.')) ++at_;
    }
    std::string_view spelled = text_.substr(begin, at_ - begin);
    double value = 0;
    if (malformed) {
      error("E0105", begin, at_, "malformed number").suggest(well_formed(spelled));
    } else {
      auto [end, status] = std::from_chars(spelled.data(), spelled.data() + spelled.size(), value);
      bool zero = spelled.find_first_of("123456789") == std::string_view::npos;
      bool integer = spelled.find_first_of(".eE") == std::string_view::npos;
      bool small = spelled.find("e-") != std::string_view::npos || spelled.find("E-") != std::string_view::npos;
      if (status == std::errc::result_out_of_range && small && !zero) {
        value = 0;
        diagnostics_.warning("W0107", {static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)},
                             "this number is rounded to 0");
      } else if (status != std::errc() || (integer && value > 1.8446744073709552e19)) {
        value = 0;
        error("E0107", begin, at_, "this number is out of range");
      }
    }
    push(TokenKind::number, begin, at_, std::string(spelled.substr(0, kMaxWord)), value);
  }

  /// How a number that is none was probably meant: 1000 for 1_000, 2 * a for 2a, 1.0 for 1.0f.
  static std::string well_formed(std::string_view spelled) {
    std::string digits;
    std::copy_if(spelled.begin(), spelled.end(), std::back_inserter(digits), [](char c) { return c != '_'; });
    const size_t end = std::min(digits.find_first_not_of("0123456789."), digits.size());
    const std::string number = digits.substr(0, end), rest = digits.substr(end);
    const bool plain = !number.empty() && number.back() != '.' && std::count(number.begin(), number.end(), '.') <= 1;
    if (plain && (rest.empty() || rest == "f" || rest == "F" || rest == "L")) return number;
    if (plain && rest.find('.') == std::string::npos && starts_name(static_cast<unsigned char>(rest[0])) &&
        rest[0] != 'e' && rest[0] != 'E' && !(number == "0" && rest[0] == 'x')) {
      return fmt::format("{} * {}", number, rest);
    }
    return with_digits(spelled);
  }

  void string() {
    size_t begin = at_++;
    std::string content;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n' && text_[at_] != '\r') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        char next = text_[at_ + 1];
        if (next == '"' || next == '\\' || next == 'n' || next == 't') {
          content += next == 'n' ? '\n' : next == 't' ? '\t' : next;
          at_ += 2;
          continue;
        }
        error("E0108", at_, at_ + 2, "unknown escape").suggest("\\\" \\\\ \\n \\t");
      }
      size_t from = at_;
      check_character();
      content += text_.substr(from, at_ - from);
    }
    if (at_ >= text_.size() || text_[at_] != '"') {
      error("E0108", begin, begin + 1, "this string is not closed").suggest("add '\"' before the end of the line");
    } else {
      ++at_;
    }
    push(TokenKind::string, begin, at_, std::move(content));
  }

  /// 'name': reported, and read as the string that was meant.
  void single_quotes() {
    const size_t begin = at_, end = text_.find_first_of("'\n\r", at_ + 1);
    const bool closed = end != std::string_view::npos && text_[end] == '\'';
    const std::string_view content = closed ? text_.substr(begin + 1, end - begin - 1) : "name";
    const bool plain = content.find_first_of("\"\\") == std::string_view::npos;
    at_ = closed ? end + 1 : begin + 1;
    error("E0103", begin, at_, "a string stands in double quotes, not in single ones")
        .suggest(fmt::format("\"{}\"", plain ? content : "name"));
    if (closed) push(TokenKind::string, begin, at_, std::string(content));
  }

  /// A text of that kind, which is read, as comments: where it stands, or from within a line at its end.
  void comment_out(Diagnostic& diagnostic, std::string_view content, size_t begin) const {
    const size_t line_end = std::min(text_.find_first_of("\r\n", at_), text_.size());
    const bool ends_line = text_.substr(at_, line_end - at_).find_first_not_of(" \t") == std::string_view::npos;
    const bool within = !ends_line && content.find('\n') == std::string_view::npos;
    if (ends_line) diagnostic.change(range(begin, at_), as_comments(content));
    if (within) diagnostic.change(range(begin, at_), "").change(range(line_end, line_end), "  " + as_comments(content));
  }

  /// A comment of C or a documentation text of Python, over several lines or not: reported, and left out.
  bool long_text() {
    for (const auto& [open, close] : {std::pair{"/*", "*/"}, {"\"\"\"", "\"\"\""}, {"'''", "'''"}}) {
      if (!text_.substr(at_).starts_with(open)) continue;
      const size_t begin = at_, opened = begin + std::string_view(open).size();
      const size_t end = text_.find(close, opened);
      Diagnostic& diagnostic = error("E0103", begin, opened, fmt::format("{} begins nothing here", open));
      diagnostic.suggest("a comment begins with # and ends with its line; ## documents what stands below it");
      at_ = end == std::string_view::npos ? opened : end + std::string_view(close).size();
      if (end != std::string_view::npos) comment_out(diagnostic, text_.substr(opened, end - opened), begin);
      const std::string_view left_out = text_.substr(begin, at_ - begin);
      const auto lines = std::count(left_out.begin(), left_out.end(), '\n');
      line_ += static_cast<int>(lines);
      newline_ = newline_ || lines > 0;
      return true;
    }
    return false;
  }

  /// An operator of other languages: reported, and read as the one that was meant.
  bool foreign_operator() {
    for (const ForeignSign& one : foreign_signs()) {
      size_t length = one.sign.size();
      bool other = one.sign == "!" && text_.substr(at_, 2) == "!=";
      if (text_.substr(at_, length) != one.sign || other) continue;
      Diagnostic& diagnostic = error("E0103", at_, at_ + length, fmt::format("'{}' is no operator here", one.sign));
      if (one.sign == "//" && line_begin_) {
        diagnostic.suggest("a comment begins with #").change(range(at_, at_ + length), "#");
        at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
        return true;
      }
      diagnostic.suggest(one.help).changes = changes_of(one.sign, text_, at_);
      bool word = std::isalpha(static_cast<unsigned char>(one.meant.empty() ? ' ' : one.meant[0])) != 0;
      if (!one.meant.empty()) push(word ? TokenKind::name : TokenKind::sign, at_, at_ + length, std::string(one.meant));
      at_ += length;
      return true;
    }
    return false;
  }

  void sign() {
    if (long_text() || foreign_operator()) return;
    static constexpr std::array<std::string_view, 8> kPairs{"|>", "=>", "->", "==", "!=", "<=", ">=", ".."};
    for (std::string_view pair : kPairs) {
      if (text_.substr(at_, 2) == pair) {
        push(TokenKind::sign, at_, at_ + 2, std::string(pair));
        at_ += 2;
        return;
      }
    }
    static constexpr std::string_view kSigns = "+-*/@^<>=()[]{},;:.|";
    if (kSigns.find(text_[at_]) == std::string_view::npos) {
      error("E0103", at_, at_ + 1, fmt::format("the character '{}' has no meaning here", text_[at_]));
      ++at_;
      return;
    }
    push(TokenKind::sign, at_, at_ + 1, std::string(1, text_[at_]));
    ++at_;
  }

  std::string_view text_;
  Diagnostics& diagnostics_;
  Tokens result_;
  size_t at_ = 0;
  int line_ = 1;
  bool newline_ = true, line_begin_ = true;
};

}  // namespace

Tokens lex(const SourceFile& source, Diagnostics& diagnostics, size_t part) {
  if (part == 0) return Lexer(source.text(), diagnostics).run();
  Diagnostics own;  // at offsets of this file alone, as the tokens
  Tokens tokens = Lexer(source.text(part), own).run();
  const uint32_t begin = source.parts()[part].range.begin;
  auto moved = [&](Range range) { return Range{range.begin + begin, range.end + begin}; };
  for (Token& token : tokens.tokens) token.range = moved(token.range);
  for (Comment& comment : tokens.comments) comment.range = moved(comment.range);
  for (Diagnostic one : own.all()) {
    one.range = moved(one.range);
    for (Label& label : one.labels) label.range = moved(label.range);
    for (Note& note : one.notes) note.range = moved(note.range);
    for (Change& change : one.changes) change.range = moved(change.range);
    const bool error = one.severity == Severity::error;
    (error ? diagnostics.error(one.code, one.range, one.message)
           : diagnostics.warning(one.code, one.range, one.message)) = one;
  }
  return tokens;
}

}  // namespace nnc
