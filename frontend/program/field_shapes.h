// What a field's expression does to the axes of its source, before anything is known of the data.
#pragma once

#include "frontend/syntax/ast.h"
#include "frontend/syntax/definitions.h"

namespace nnc {

/// Whether elements change their places on the way, in the expression or in a definition that it uses: then the source
/// must have the data's own axes, and can't be read as the field is declared.
bool moves_elements(const ast::Expr& expr, const Definitions& definitions);

/// Whether axes vanish on the way, so that the source has more elements than the field.
bool reduces_axes(const ast::Expr& expr, const Definitions& definitions);

}  // namespace nnc
