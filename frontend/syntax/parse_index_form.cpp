// The index form, `[n, o] => sum(k) x[n, k] * W[k, o] + b[o]`: looser than every operator but |>.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "frontend/syntax/parser.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;
using ast::ExprPtr;

namespace {

constexpr size_t kBelowPipe = 1, kSum = 5, kProduct = 6;  ///< levels of operators
constexpr std::array<std::string_view, 4> kReducers{"sum", "mean", "max", "min"};

}  // namespace

ExprPtr Parser::index_form() {
  uint32_t begin = peek().range.begin;
  ExprPtr before = level(kBelowPipe);
  if (!is("=>") || !continues()) return before;
  if (before->kind != ExprKind::list) refuse_arrow();
  marks_.binary.emplace(take().range.begin, kBelowPipe);
  Deeper deeper(*this);
  std::vector<ast::LoopIndex> loops;
  for (const ExprPtr& entry : before->operands) loops.push_back(loop_of(*entry));
  body_ = at_;
  ExprPtr body = index_form();
  ExprPtr form = make(ExprKind::indexed, begin);
  form->loops = std::move(loops);
  form->operands.push_back(std::move(body));
  return form;
}

void Parser::refuse_arrow() { fail("E0202", peek().range, "'=>' compares nothing", "at least is written >="); }

/// An entry of the list before `=>`.
ast::LoopIndex Parser::loop_of(Expr& entry) {
  ast::LoopIndex loop;
  if (entry.kind == ExprKind::pack) {
    loop.pack = true;
    loop.name = {entry.text, {entry.range.begin + 2, entry.range.end}};
    return loop;
  }
  const bool bounded =
      entry.kind == ExprKind::compare && entry.operators[0].text == "<" && entry.operands[0]->kind == ExprKind::name;
  if (!bounded && entry.kind != ExprKind::name) {
    fail("E0341", entry.range, fmt::format("an index is a name, and this is '{}'", source_.slice(entry.range)),
         "[i, j] => …, or with a bound: [i < 3, j] => …");
  }
  const Expr& name = bounded ? *entry.operands[0] : entry;
  loop.name = {name.text, name.range};
  if (bounded) loop.bound = std::move(entry.operands[1]);
  return loop;
}

bool Parser::is_reducer(std::string_view word) {
  return std::find(kReducers.begin(), kReducers.end(), word) != kReducers.end();
}

/// Whether `sum(k, l < 3)` stands here, and behind it what it sums: a name, a number or a bracket. Else it is a call.
bool Parser::begins_reducer() const {
  if (peek().kind != TokenKind::name || !is("(", 1)) return false;
  if (!is_reducer(peek().text)) return false;
  size_t at = 2;
  for (int depth = 0; depth > 0 || !is(")", at); ++at) {
    if (peek(at).kind == TokenKind::end) return false;
    const bool begins = depth == 0 && (at == 2 || is(",", at - 1));
    const size_t name = begins && is("..", at) ? at + 1 : at;
    if (begins &&
        (peek(name).kind != TokenKind::name || !(is(",", name + 1) || is(")", name + 1) || is("<", name + 1))))
      return false;
    if (is("(", at) || is("[", at)) ++depth;
    if (is(")", at) || is("]", at)) --depth;
  }
  const Token& next = peek(at + 1);
  if (at == 2 || (next.after_newline && brackets_ == 0)) return false;
  static constexpr std::array<std::string_view, 5> kOperators{"and", "or", "is", "else", "in"};
  const bool word =
      next.kind == TokenKind::name && std::find(kOperators.begin(), kOperators.end(), next.text) == kOperators.end();
  return word || next.kind == TokenKind::number || is("(", at + 1);
}

ExprPtr Parser::reducer() {
  const Token& word = take();
  std::vector<ast::LoopIndex> loops;
  take();
  ++brackets_;
  while (!is(")")) {
    ast::LoopIndex loop;
    loop.pack = accept("..");
    loop.name = name("an index");
    if (accept("<")) loop.bound = level(kSum);
    loops.push_back(std::move(loop));
    if (!accept(",")) break;
  }
  --brackets_;
  marks_.reducers.insert(expect(")", "at the end of the reducer").range.begin);
  Deeper deeper(*this);
  ExprPtr operand = level(kProduct);
  ExprPtr expr = make(ExprKind::reduced, word.range.begin);
  expr->text = word.text;
  expr->loops = std::move(loops);
  expr->operands.push_back(std::move(operand));
  return expr;
}

}  // namespace nnc
