// What was probably meant where the parser wants something else: by the token that stands there, and the one before it.

#include <fmt/format.h>

#include <array>

#include "frontend/syntax/parser.h"

namespace nnc {

namespace {

struct WordHelp {
  std::string_view word, help;
};

/// Words that begin a statement in other languages; here each is read as a name, and what follows is too much.
constexpr auto kStatementWords = std::to_array<WordHelp>({
    {"let", "a name is bound without a word: y = x / 2"},
    {"var", "a name is bound without a word: y = x / 2"},
    {"const", "a name is bound without a word: y = x / 2"},
    {"auto", "a name is bound without a word: y = x / 2"},
    {"float", "a name is bound without its type: y = x / 2"},
    {"int", "a name is bound without its type: y = x / 2"},
    {"while", "a loop has a number of turns: for i in 0..10 { … }"},
    {"lambda", "a function is an item of the file: fn f(x: f32) = x^2"},
    {"def", "a function is an item of the file: fn f(x: f32) = x^2"},
    {"fn", "a function is an item of its own, outside of every other"},
    {"print", "'nnc explain FILE' shows every value"},
    {"new", "a layer is made by its name: dense(4)"},
    {"assert", "what must hold after training is an item of the file: expect train.loss < 0.1"},
});

}  // namespace

/// Behind the `)` of `sum(k)`, where what it sums is no part of the same expression.
std::string Parser::help_behind_call() const {
  int depth = 0;
  for (size_t at = at_; at-- > 1;) {
    const Token& token = tokens_.tokens[at];
    if (token.kind != TokenKind::sign) continue;
    if (token.text == ")") ++depth;
    if (token.text != "(" || --depth > 0) continue;
    const std::string& word = tokens_.tokens[at - 1].text;
    if (!is_reducer(word)) return "";
    return fmt::format("in an index form '{}' of indices stands right behind '=>': [i] => {}(k) x[i, k]", word, word);
  }
  return "";
}

/// A help text, or "".
std::string Parser::help_here() const {
  const Token& here = peek();
  const Token* before = at_ > 0 ? &tokens_.tokens[at_ - 1] : nullptr;
  if (here.kind == TokenKind::sign) {
    const bool decimals = is(",") && before != nullptr && before->kind == TokenKind::number &&
                          peek(1).kind == TokenKind::number && before->range.end == here.range.begin &&
                          peek(1).range.begin == here.range.end;
    if (decimals) return fmt::format("a number has a point: {}.{}", before->text, peek(1).text);
    if (is(".") && peek(1).kind == TokenKind::number) return fmt::format("0.{}", peek(1).text);
    if (is("|")) return "the absolute value is abs(x)";
    if (is("=>")) return "at least is written >=; a definition's value stands behind '='";
  }
  if (before != nullptr && before->kind == TokenKind::sign && before->text == ")" && !here.after_newline) {
    return help_behind_call();
  }
  if (is_word("if") && !here.after_newline) return "where(x > 0, a, b) chooses element by element";
  if (before == nullptr || before->kind != TokenKind::name || here.after_newline) return "";
  for (const WordHelp& one : kStatementWords) {
    if (one.word == before->text) return std::string(one.help);
  }
  return "";
}

}  // namespace nnc
