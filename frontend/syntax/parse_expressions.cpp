// Expressions, loosest operator first.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "frontend/syntax/parser.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;
using ast::ExprPtr;

namespace {

constexpr int kMaxDepth = 256;

struct Level {
  std::array<std::string_view, 7> operators;
  ExprKind kind;
  bool words;
};
constexpr std::array<Level, 7> kLevels{{{{"|>"}, ExprKind::chain, false},
                                        {{"or"}, ExprKind::chain, true},
                                        {{"and"}, ExprKind::chain, true},
                                        {{"==", "!=", "<", "<=", ">", ">=", "is"}, ExprKind::compare, false},
                                        {{".."}, ExprKind::range, false},
                                        {{"+", "-"}, ExprKind::chain, false},
                                        {{"*", "/", "@"}, ExprKind::chain, false}}};

constexpr size_t kProduct = kLevels.size() - 1;

}  // namespace

Parser::Deeper::Deeper(Parser& p) : parser(p) {
  if (++parser.depth_ > kMaxDepth) {
    --parser.depth_;
    parser.fail("E0201", parser.peek().range, fmt::format("nesting is more than {} deep: a limit of nnc", kMaxDepth));
  }
}

ExprPtr Parser::make(ExprKind kind, uint32_t begin) const {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->range = since(begin);
  return expr;
}

ExprPtr Parser::expression() {
  Deeper deeper(*this);
  return level(0);
}

void Parser::refuse_chain(const Expr& before, const ast::Name& again) {
  const bool compares = before.kind == ExprKind::compare && before.operands.size() == 2;
  const std::string_view middle = source_.slice(before.operands.back()->range);
  fail("E0204", again.range, fmt::format("'{}' does not chain", again.text),
       compares ? fmt::format("join them with: and {} {}", middle, again.text) : "");
}

ExprPtr Parser::level(size_t at) {
  if (at == kLevels.size()) return unary();
  if (at == kProduct && at_ == body_ && begins_reducer()) return reducer();
  if (at == 3 && is_word("not")) {
    uint32_t begin = take().range.begin;
    Deeper deeper(*this);
    ExprPtr operand = level(at);
    ExprPtr expr = make(ExprKind::invert, begin);
    expr->operands.push_back(std::move(operand));
    return expr;
  }
  const Level& level_ = kLevels[at];
  uint32_t begin = peek().range.begin;
  ExprPtr first = at == 0 ? index_form() : level(at + 1);
  ExprPtr chain;
  while (true) {
    bool matches = false;
    for (std::string_view op : level_.operators) {
      if (op.empty()) continue;
      bool word = op == "is" || level_.words;
      matches = matches || (word ? is_word(op) : is(op));
    }
    if (!matches || !(continues() || is("|>"))) break;
    const Token& op = take();
    marks_.binary.emplace(op.range.begin, at);
    ast::Name name{op.text, op.range};
    if (level_.kind == ExprKind::compare || level_.kind == ExprKind::range) {
      if (chain) refuse_chain(*chain, name);
      chain = make(op.text == "is" ? ExprKind::is : level_.kind, begin);
      chain->operands.push_back(std::move(first));
      chain->operators.push_back(name);
      if (op.text == "is")
        chain->type = type();
      else
        chain->operands.push_back(level(at + 1));
      chain->range = since(begin);
      continue;
    }
    if (!chain) {
      chain = make(ExprKind::chain, begin);
      chain->operands.push_back(std::move(first));
    }
    chain->operators.push_back(name);
    chain->operands.push_back(at == 0 ? index_form() : level(at + 1));
    chain->range = since(begin);
  }
  return chain ? std::move(chain) : std::move(first);
}

ExprPtr Parser::unary() {
  if (!is("-")) return power();
  uint32_t begin = take().range.begin;
  Deeper deeper(*this);
  ExprPtr operand = unary();
  ExprPtr expr = make(ExprKind::negate, begin);
  expr->operands.push_back(std::move(operand));
  return expr;
}

ExprPtr Parser::power() {
  uint32_t begin = peek().range.begin;
  ExprPtr base = postfix();
  if (!is("^") || !continues()) return base;
  const Token& op = take();
  ast::Name name{op.text, op.range};
  Deeper deeper(*this);
  ExprPtr exponent = is("-") ? unary() : power();
  ExprPtr expr = make(ExprKind::power, begin);
  expr->operators.push_back(name);
  expr->operands.push_back(std::move(base));
  expr->operands.push_back(std::move(exponent));
  return expr;
}

ExprPtr Parser::postfix() {
  uint32_t begin = peek().range.begin;
  int beside = std::exchange(suffixes_, 0);
  ExprPtr expr = primary();
  while (continues()) {
    if (!is("(") && !is("[") && !is(".")) break;
    if (++suffixes_ > kMaxDepth)
      fail("E0201", peek().range, fmt::format("nesting is more than {} deep: a limit of nnc", kMaxDepth));
    ExprPtr next;
    if (accept("(")) {
      std::vector<ast::Argument> list = arguments(")");
      next = make(ExprKind::call, begin);
      next->arguments = std::move(list);
    } else if (accept("[")) {
      std::vector<ast::IndexEntry> list = indices();
      next = make(ExprKind::index, begin);
      next->indices = std::move(list);
    } else {
      take();
      ast::Name field = name("a field's name");
      next = make(ExprKind::field, begin);
      next->name = std::move(field);
    }
    next->operands.push_back(std::move(expr));
    expr = std::move(next);
  }
  suffixes_ = std::max(suffixes_, beside);
  return expr;
}

/// `adam(lr = 0.01)`, as other languages write it: a ':' stands behind the name of an argument.
void Parser::refuse_equals(const ast::Argument& argument) {
  if (argument.value->kind != ExprKind::name || !argument.name.empty()) return;
  const bool condition = at_ > 2 && tokens_.tokens[at_ - 3].text == "where";
  Range at = take().range;
  ExprPtr value = expression();
  const std::string_view text = source_.slice(value->range);
  if (condition) fail("E0202", at, "'=' compares nothing", fmt::format("{} == {}", argument.value->text, text));
  fail("E0202", at, "an argument by name has ':' behind its name, not '='",
       fmt::format("{}: {}", argument.value->text, text));
}

std::vector<ast::Argument> Parser::arguments(std::string_view close) {
  ++brackets_;
  std::vector<ast::Argument> list;
  while (!is(close)) {
    ast::Argument argument;
    if (peek().kind == TokenKind::name && is(":", 1)) {
      argument.name = name("an argument's name");
      take();
    } else if (close == "}") {
      bool call = peek().kind == TokenKind::name && is("(", 1);
      unexpected("'name: value'", call ? fmt::format("give it a name: {0}: {0}", peek().text) : "");
    }
    argument.value = expression();
    if (is("=")) refuse_equals(argument);
    list.push_back(std::move(argument));
    if (!accept(",")) break;
  }
  expect(close, close == "}" ? "at the end of the record" : "at the end of the arguments");
  --brackets_;
  return list;
}

std::vector<ast::IndexEntry> Parser::indices() {
  ++brackets_;
  std::vector<ast::IndexEntry> list;
  while (!is("]")) {
    ast::IndexEntry entry;
    uint32_t begin = peek().range.begin;
    static constexpr const char* kSlices = "a whole axis is written .., a part 0..3";
    if (is(":")) unexpected("an index", kSlices);
    if (accept("..")) {
      if (is(",") || is("]"))
        entry.whole = true;
      else
        entry.end = level(5);
    } else {
      entry.position = level(5);
      if (accept("..")) {
        entry.begin = std::move(entry.position);
        if (!is(",") && !is("]")) entry.end = level(5);
      }
    }
    entry.range = since(begin);
    list.push_back(std::move(entry));
    if (is(":")) unexpected("']' at the end of the index", kSlices);
    if (!accept(",")) break;
  }
  expect("]", "at the end of the index");
  --brackets_;
  return list;
}

ExprPtr Parser::choose() {
  uint32_t begin = take().range.begin;  // if
  Deeper deeper(*this);
  ExprPtr condition = level(1);
  auto yes = block();
  std::unique_ptr<ast::Block> no;
  if (is_word("else")) {
    take();
    if (is_word("if")) {
      no = std::make_unique<ast::Block>();
      ast::Statement statement;
      statement.value = choose();
      statement.range = statement.value->range;
      no->range = statement.range;
      no->statements.push_back(std::move(statement));
    } else {
      no = block();
    }
  }
  ExprPtr expr = make(ExprKind::choose, begin);
  expr->operands.push_back(std::move(condition));
  expr->blocks.push_back(std::move(yes));
  if (no) expr->blocks.push_back(std::move(no));
  return expr;
}

/// After the `(`: a tuple, or what it encloses.
ExprPtr Parser::parenthesised(uint32_t begin) {
  ++brackets_;
  std::vector<ExprPtr> operands;
  operands.push_back(expression());
  while (accept(",")) {
    if (is(")")) break;
    operands.push_back(expression());
  }
  expect(")", "to close the parenthesis");
  --brackets_;
  if (operands.size() == 1) {
    operands[0]->range = since(begin);
    return std::move(operands[0]);
  }
  ExprPtr expr = make(ExprKind::tuple, begin);
  expr->operands = std::move(operands);
  return expr;
}

/// After the `[`.
ExprPtr Parser::list(uint32_t begin) {
  ++brackets_;
  ExprPtr list = make(ExprKind::list, begin);
  while (!is("]")) {
    uint32_t entry_begin = peek().range.begin;
    if (accept("..")) {
      ast::Name axes = name("the name of further axes");
      ExprPtr pack = make(ExprKind::pack, entry_begin);
      pack->text = axes.text;
      list->operands.push_back(std::move(pack));
    } else {
      list->operands.push_back(expression());
    }
    if (!accept(",")) break;
  }
  expect("]", "to close the list");
  --brackets_;
  list->range = since(begin);
  return list;
}

ExprPtr Parser::primary() {
  const Token& token = peek();
  uint32_t begin = token.range.begin;
  if (token.kind == TokenKind::number || token.kind == TokenKind::string) {
    take();
    ExprPtr expr = make(token.kind == TokenKind::number ? ExprKind::number : ExprKind::string, begin);
    expr->number = token.number;
    expr->text = token.text;
    return expr;
  }
  if (token.kind == TokenKind::name) {
    if (token.text == "if") return choose();
    if (token.text == "scan" && peek(1).kind == TokenKind::name && is(":", 2)) refuse_scan();
    take();
    ExprPtr expr = make(ExprKind::name, begin);
    expr->text = token.text;
    return expr;
  }
  if (accept("(")) return parenthesised(begin);
  if (accept("[")) return list(begin);
  if (accept("{")) {
    std::vector<ast::Argument> fields = arguments("}");
    ExprPtr record = make(ExprKind::record, begin);
    record->arguments = std::move(fields);
    return record;
  }
  unexpected("an expression");
}

}  // namespace nnc
