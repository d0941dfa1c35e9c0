// The names that a piece of syntax mentions.
#pragma once

#include <functional>

#include "frontend/syntax/ast.h"

namespace nnc {

/// Calls `visit` with every name in an expression (null: none), blocks within it included, in the order of the text.
/// Fields behind a point, argument names and what stands on the left of `=` are none.
void for_each_name(const ast::Expr* expr, const std::function<void(const ast::Expr&)>& visit);
void for_each_name(const ast::Block& block, const std::function<void(const ast::Expr&)>& visit);

}  // namespace nnc
