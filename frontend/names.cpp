#include "frontend/names.h"

namespace nnc {

void for_each_name(const ast::Expr* expr, const std::function<void(const ast::Expr&)>& visit) {
  if (expr == nullptr) return;
  if (expr->kind == ast::ExprKind::name) visit(*expr);
  for (const auto& operand : expr->operands) for_each_name(operand.get(), visit);
  for (const auto& argument : expr->arguments) for_each_name(argument.value.get(), visit);
  for (const auto& entry : expr->indices) {
    for_each_name(entry.position.get(), visit);
    for_each_name(entry.begin.get(), visit);
    for_each_name(entry.end.get(), visit);
  }
  for (const auto& block : expr->blocks) for_each_name(*block, visit);
}

void for_each_name(const ast::Block& block, const std::function<void(const ast::Expr&)>& visit) {
  for (const ast::Statement& statement : block.statements) {
    for_each_name(statement.value.get(), visit);
    if (statement.block) for_each_name(*statement.block, visit);
  }
}

}  // namespace nnc
