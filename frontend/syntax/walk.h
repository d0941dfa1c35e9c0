// Every expression within an expression or a block.
#pragma once

#include <functional>

#include "frontend/syntax/ast.h"

namespace nnc {

/// Calls `visit` with each expression that stands directly in this one, in the order of the text: operands, arguments,
/// subscripts, the values of statements in its blocks.
void for_each_part(const ast::Expr& expr, const std::function<void(const ast::Expr&)>& visit);

/// Calls `visit` with the expression (null: nothing) and all that stand in it, those inside before those around them.
void walk(const ast::Expr* expr, const std::function<void(const ast::Expr&)>& visit);
void walk(const ast::Block& block, const std::function<void(const ast::Expr&)>& visit);

}  // namespace nnc
