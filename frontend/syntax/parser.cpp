#include "frontend/syntax/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace nnc {

Parser::Parser(const SourceFile& source, Diagnostics& diagnostics, size_t part)
    : source_(source), diagnostics_(diagnostics), tokens_(lex(source, diagnostics, part)) {
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (diagnostic.severity == Severity::error) unreadable_.push_back(diagnostic.range.begin);
  }
}

const Token& Parser::peek(size_t ahead) const {
  return tokens_.tokens[std::min(at_ + ahead, tokens_.tokens.size() - 1)];
}

bool Parser::is(std::string_view text, size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::sign && token.text == text;
}

bool Parser::is_word(std::string_view text, size_t ahead) const {
  const Token& token = peek(ahead);
  return token.kind == TokenKind::name && token.text == text;
}

const Token& Parser::take() {
  const Token& token = peek();
  if (at_ + 1 < tokens_.tokens.size()) ++at_;
  return token;
}

bool Parser::accept(std::string_view sign) {
  if (!is(sign)) return false;
  take();
  return true;
}

const Token& Parser::expect(std::string_view sign, std::string_view where) {
  if (!is(sign)) unexpected(fmt::format("'{}' {}", sign, where));
  return take();
}

ast::Name Parser::name(std::string_view what) {
  if (peek().kind != TokenKind::name) unexpected(what);
  const Token& token = take();
  return {token.text, token.range};
}

bool Parser::continues() const { return brackets_ > 0 || !peek().after_newline; }

Range Parser::since(uint32_t begin) const {
  uint32_t end = at_ > 0 ? tokens_.tokens[at_ - 1].range.end : begin;
  return {begin, std::max(begin, end)};
}

void Parser::fail(Code code, Range range, const std::string& message, const std::string& help,
                  std::vector<Change> changes) {
  Diagnostic& diagnostic = diagnostics_.error(code, range, message);
  if (!help.empty()) diagnostic.suggest(help).changes = std::move(changes);
  throw Stop{};
}

void Parser::reserved(std::string_view what, Range range) {
  diagnostics_.error("E0210", range, fmt::format("{} is reserved and not there yet", what));
  throw Stop{true};
}

void Parser::unexpected(std::string_view wanted, const std::string& help, std::vector<Change> changes) {
  const Token& token = peek();
  if (after_unreadable()) throw Stop{};
  std::string found = token.kind == TokenKind::end      ? "the end of the file"
                      : token.kind == TokenKind::string ? "a string"
                                                        : fmt::format("'{}'", token.text.substr(0, 40));
  fail("E0202", token.range, fmt::format("{} is wanted here, not {}", wanted, found), help.empty() ? help_here() : help,
       std::move(changes));
}

bool Parser::after_unreadable() const {
  return std::any_of(unreadable_.begin(), unreadable_.end(),
                     [&](uint32_t place) { return place >= item_begin_ && place <= peek().range.begin; });
}

}  // namespace nnc
