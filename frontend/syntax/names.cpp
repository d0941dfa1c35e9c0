#include "frontend/syntax/names.h"

#include "frontend/syntax/walk.h"

namespace nnc {

namespace {

/// Names hold nothing, so that what stands around them comes later changes nothing in their order.
std::function<void(const ast::Expr&)> names_only(const std::function<void(const ast::Expr&)>& visit) {
  return [&visit](const ast::Expr& expr) {
    if (expr.kind == ast::ExprKind::name) visit(expr);
  };
}

}  // namespace

void for_each_name(const ast::Expr* expr, const std::function<void(const ast::Expr&)>& visit) {
  walk(expr, names_only(visit));
}

void for_each_name(const ast::Block& block, const std::function<void(const ast::Expr&)>& visit) {
  walk(block, names_only(visit));
}

}  // namespace nnc
