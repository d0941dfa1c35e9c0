// Reading the text forms: a cursor over the characters with the words, numbers and types that both share. Every fault
// is a Failure "file:line:col: error: …" at the cursor or at a place that was remembered.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ir/graph/attributes.h"
#include "support/error.h"
#include "support/source.h"

namespace nnc {

class TextReader {
 public:
  TextReader(std::string_view text, std::string name) : source_(std::move(name), std::string(text)) {}

  /// Skips spaces, line ends and comments ("# …").
  void skip();
  bool at_end();
  /// The character at the cursor, after skip(); 0 at the end.
  char peek();
  /// Takes `text` when it stands here (a word must end there).
  bool accept(std::string_view text);
  void expect(std::string_view text);
  /// Letters, digits, '_' and '.', at least one.
  std::string word(std::string_view what);
  std::string quoted();                     ///< "…" with \" \\ \xNN
  std::string name(std::string_view what);  ///< a word or quoted

  int64_t integer();
  Dim dim();
  Shape shape();  ///< "[B, 10]"
  Type type();    ///< also "(f32[4], f32[8, 4])"
  Attribute attribute();
  /// The origin in a comment on the rest of this line, when there is one of its form.
  std::optional<Origin> origin_on_this_line();

  uint32_t position() {
    skip();
    return at_;
  }
  void advance_to(uint32_t offset) { at_ = offset; }
  /// From `begin` to the end of what was taken last.
  Range taken_since(uint32_t begin) const;
  [[noreturn]] void fail(const std::string& message) { fail_at(position(), message); }
  /// With the line, a caret under the word that begins there, and a likely fix, where there is one.
  [[noreturn]] void fail_at(uint32_t offset, const std::string& message, const std::string& help = "") const;

 private:
  std::string_view rest() const { return source_.text().substr(at_); }
  Attribute number();
  std::vector<int64_t> integers();
  std::string found();

  SourceFile source_;
  uint32_t at_ = 0;
};

}  // namespace nnc
