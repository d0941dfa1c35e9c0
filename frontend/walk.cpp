#include "frontend/walk.h"

namespace nnc {

void walk(const ast::Expr* expr, const std::function<void(const ast::Expr&)>& visit) {
  if (expr == nullptr) return;
  for (const auto& operand : expr->operands) walk(operand.get(), visit);
  for (const ast::Argument& argument : expr->arguments) walk(argument.value.get(), visit);
  for (const ast::IndexEntry& entry : expr->indices) {
    walk(entry.position.get(), visit);
    walk(entry.begin.get(), visit);
    walk(entry.end.get(), visit);
  }
  for (const auto& block : expr->blocks) walk(*block, visit);
  visit(*expr);
}

void walk(const ast::Block& block, const std::function<void(const ast::Expr&)>& visit) {
  for (const ast::Statement& statement : block.statements) {
    walk(statement.value.get(), visit);
    if (statement.block) walk(*statement.block, visit);
  }
}

}  // namespace nnc
