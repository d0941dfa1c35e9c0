// Every expression within an expression or a block.
#pragma once

#include <functional>

#include "frontend/ast.h"

namespace nnc {

/// Calls `visit` with the expression (null: nothing) and all that stand in it, those inside before those around them.
void walk(const ast::Expr* expr, const std::function<void(const ast::Expr&)>& visit);
void walk(const ast::Block& block, const std::function<void(const ast::Expr&)>& visit);

}  // namespace nnc
