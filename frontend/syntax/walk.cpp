#include "frontend/syntax/walk.h"

namespace nnc {

namespace {

using Visit = std::function<void(const ast::Expr&)>;

void for_each_value(const ast::Block& block, const Visit& visit) {
  for (const ast::Statement& statement : block.statements) {
    if (statement.value) visit(*statement.value);
    if (statement.scan) {
      for (const ast::ExprPtr& start : statement.scan->starts) visit(*start);
      for (const ast::ExprPtr& sequence : statement.scan->sequences) visit(*sequence);
    }
    if (statement.block) for_each_value(*statement.block, visit);
  }
}

}  // namespace

void for_each_part(const ast::Expr& expr, const Visit& visit) {
  auto part = [&](const ast::ExprPtr& inner) {
    if (inner) visit(*inner);
  };
  for (const ast::LoopIndex& loop : expr.loops) part(loop.bound);
  for (const auto& operand : expr.operands) part(operand);
  for (const ast::Argument& argument : expr.arguments) part(argument.value);
  for (const ast::IndexEntry& entry : expr.indices) {
    part(entry.position);
    part(entry.begin);
    part(entry.end);
  }
  for (const auto& block : expr.blocks) for_each_value(*block, visit);
}

void walk(const ast::Expr* expr, const Visit& visit) {
  if (expr == nullptr) return;
  for_each_part(*expr, [&](const ast::Expr& part) { walk(&part, visit); });
  visit(*expr);
}

void walk(const ast::Block& block, const Visit& visit) {
  for_each_value(block, [&](const ast::Expr& value) { walk(&value, visit); });
}

}  // namespace nnc
