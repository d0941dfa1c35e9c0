#include "frontend/program/field_shapes.h"

#include <algorithm>
#include <functional>
#include <set>

#include "frontend/syntax/walk.h"
#include "frontend/types/builtin.h"

namespace nnc {

using ast::Expr;
using ast::ExprKind;

namespace {

/// Whether some expression within this one, or within the definitions that it uses, is such a one.
bool holds(const Expr& expr, const Definitions& definitions, const std::function<bool(const Expr&)>& is_such) {
  bool found = false;
  std::set<const Definition*> seen;
  std::function<void(const Expr&)> visit = [&](const Expr& part) {
    found = found || is_such(part);
    if (found || part.kind != ExprKind::name) return;
    const Definition* used = definitions.find(part.text, false);
    if (used != nullptr && used->item->body != nullptr && seen.insert(used).second) walk(*used->item->body, visit);
  };
  walk(&expr, visit);
  return found;
}

/// Whether the expression names a built-in that does so with its operand's elements.
bool has_places(const Expr& expr, Places places) {
  const Builtin* builtin = expr.kind == ExprKind::name ? find_builtin(expr.text) : nullptr;
  return builtin != nullptr && builtin->places == places;
}

}  // namespace

bool moves_elements(const Expr& expr, const Definitions& definitions) {
  return holds(expr, definitions, [](const Expr& part) {
    auto is_product = [](const ast::Name& sign) { return sign.text == "@"; };
    return part.kind == ExprKind::index || std::any_of(part.operators.begin(), part.operators.end(), is_product) ||
           has_places(part, Places::moved);
  });
}

bool reduces_axes(const Expr& expr, const Definitions& definitions) {
  return holds(expr, definitions,
               [](const Expr& part) { return part.kind == ExprKind::reduced || has_places(part, Places::reduced); });
}

}  // namespace nnc
