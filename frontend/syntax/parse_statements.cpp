// Blocks and their statements.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "frontend/syntax/parser.h"

namespace nnc {

using ast::StatementKind;

/// Where a block of Python's ends that begins behind the colon: with the line, or before the first line below that is
/// indented no more than `margin`; within a line also before '}' and `else:`.
size_t Parser::end_of_indented(size_t colon, int margin) const {
  const std::vector<Token>& all = tokens_.tokens;
  const bool below = all[colon + 1].after_newline;
  size_t last = colon + 1;
  for (; all[last].kind != TokenKind::end; ++last) {
    if (all[last].after_newline && (!below || source_.locate(all[last].range.begin).column <= margin)) break;
    const bool otherwise = all[last].text == "else" && all[last + 1].text == ":";
    if (!below && (otherwise || all[last].text == "}")) break;
  }
  return last;
}

void Parser::refuse_colon(std::string_view wanted) {
  const std::vector<Token>& all = tokens_.tokens;
  size_t first = at_;
  while (first > 0 && !all[first].after_newline) --first;
  const int margin = source_.locate(all[first].range.begin).column;
  std::vector<Change> changes;
  for (size_t colon = at_, last = 0; all[colon].text == ":"; colon = last + 1) {
    last = end_of_indented(colon, margin);
    const uint32_t end = all[last - 1].range.end;
    const std::string closed = all[colon + 1].after_newline ? "\n" + std::string(margin - 1, ' ') + "}" : " }";
    changes.insert(changes.end(), {{all[colon].range, " {"}, {{end, end}, closed}});
    if (all[last].text != "else") break;
  }
  unexpected(wanted, "a block stands in braces: { … }", std::move(changes));
}

std::unique_ptr<ast::Block> Parser::block() {
  Deeper deeper(*this);
  auto result = std::make_unique<ast::Block>();
  if (is(":")) refuse_colon("'{' to open the block");
  uint32_t begin = expect("{", "to open the block").range.begin;
  marks_.blocks.insert(begin);
  int outer = std::exchange(brackets_, 0);
  while (!is("}")) {
    refuse_unclosed(begin);
    size_t before = at_;
    int depth = depth_;
    try {
      marks_.lines.insert(peek().range.begin);
      result->statements.push_back(statement());
      end_of("statement");
    } catch (const Stop& stop) {
      depth_ = depth;
      suffixes_ = 0;
      if (at_ == before) take();
      skip_statement();
      if (stop.reserved) result->statements.push_back(unread(before));
    }
  }
  take();
  brackets_ = outer;
  result->range = since(begin);
  return result;
}

ast::ExprPtr Parser::unread_value(Range range) const {
  auto value = std::make_unique<ast::Expr>();
  value->kind = ast::ExprKind::error;
  value->range = range;
  return value;
}

/// The statement that begins at the token `first` and could not be read: it gives its names a value nobody knows.
ast::Statement Parser::unread(size_t first) const {
  ast::Statement result;
  result.range = since(tokens_.tokens[first].range.begin);
  result.value = unread_value(result.range);
  auto token = [&](size_t ahead) -> const Token& {
    return tokens_.tokens[std::min(first + ahead, tokens_.tokens.size() - 1)];
  };
  auto bind = [&](const Token& name) {
    result.kind = StatementKind::bind;
    result.names.push_back({name.text, name.range});
  };
  bool keyword = token(0).kind == TokenKind::name && token(1).kind == TokenKind::name;
  if (keyword) bind(token(1));
  if (token(0).kind == TokenKind::name && token(1).text == "=") bind(token(0));
  if (token(0).text == "(" && token(0).kind == TokenKind::sign) {
    for (size_t i = 1; token(i).kind == TokenKind::name || token(i).text == ","; ++i) {
      if (token(i).kind == TokenKind::name) bind(token(i));
    }
  }
  return result;
}

/// To the next line of the block, past blocks that open on the way, and past what closes the brackets that were open
/// where the mistake was; an item at the margin ends the search.
void Parser::skip_statement() {
  int before = std::exchange(brackets_, 0), open = 0;
  while (peek().kind != TokenKind::end) {
    const Token& token = peek();
    if (begins_item()) throw Stop{};
    if (open == 0 && (token.after_newline || (before == 0 && is("}")))) return;
    if (is("{") || is("(") || is("[")) ++open;
    if (is("}") || is(")") || is("]")) {
      int& closed = open > 0 ? open : before;
      closed = std::max(0, closed - 1);
    }
    take();
  }
}

/// `for (i in 0..3) { … }`: reported, and read to its end, so that what follows is read as it stands.
void Parser::loop_in_parentheses() {
  take();
  Range at = take().range;
  std::string head(source_.slice(peek().range));
  take();
  take();
  ast::ExprPtr over = level(1);
  diagnostics_.error("E0202", at, "a 'for' has no parentheses")
      .suggest(fmt::format("for {} in {} {{ … }}", head, source_.slice(over->range)))
      .change({at.begin, at.end}, at.begin > 0 && source_.text()[at.begin - 1] == ' ' ? "" : " ")
      .change(peek().range, "");
  expect(")", "to close the parenthesis");
  block();
}

ast::Statement Parser::statement() {
  ast::Statement result;
  uint32_t begin = peek().range.begin;
  static const std::vector<std::pair<std::string, StatementKind>> kinds{{"param", StatementKind::param},
                                                                        {"state", StatementKind::state},
                                                                        {"next", StatementKind::next},
                                                                        {"first", StatementKind::first},
                                                                        {"total", StatementKind::total}};
  auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& entry) { return is_word(entry.first); });
  bool keyword = peek().kind == TokenKind::name && !is("=", 1) && peek(1).kind == TokenKind::name;
  if (is_word("collect") && keyword) reserved("'collect'", peek().range);
  if (is_word("scan") && keyword) return scan();
  if (kind != kinds.end() && keyword) {
    take();
    result.kind = kind->second;
    result.names.push_back(name("a name"));
    bool typed = result.kind == StatementKind::param || result.kind == StatementKind::state;
    if (typed && accept(":")) result.type = type();
    if (result.kind == StatementKind::param && !result.type) {
      unexpected("':' and the parameter's type", fmt::format("param {}: f32[3, 2] = glorot", result.names[0].text));
    }
    expect("=", "and a value");
    result.value = expression();
  } else if (is_word("return") && keyword && !peek(1).after_newline) {
    fail("E0202", peek().range, "'return' is no word of the language: the last expression is the value",
         "leave 'return' out");
  } else if (is_word("for") && is("(", 1) && peek(2).kind == TokenKind::name && is_word("in", 3)) {
    loop_in_parentheses();
  } else if (is_word("for") && keyword) {
    take();
    result.kind = StatementKind::loop;
    result.names.push_back(name("a name"));
    if (!is_word("in")) unexpected("'in'");
    take();
    result.value = level(1);
    result.block = block();
  } else if (peek().kind == TokenKind::name && is("=", 1)) {
    result.kind = StatementKind::bind;
    result.names.push_back(name("a name"));
    take();
    result.value = expression();
  } else {
    result.value = expression();
    bool tuple = result.value->kind == ast::ExprKind::tuple;
    if (tuple && is("=") && continues()) {
      take();
      result.kind = StatementKind::bind;
      for (const auto& operand : result.value->operands) {
        if (operand->kind != ast::ExprKind::name) fail("E0202", operand->range, "a name is wanted here");
        result.names.push_back({operand->text, operand->range});
      }
      result.value = expression();
    }
  }
  result.range = since(begin);
  return result;
}

}  // namespace nnc
