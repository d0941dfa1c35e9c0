// Words of the language to come: what has such a name today would mean something else tomorrow.
#pragma once

#include "frontend/syntax/ast.h"
#include "support/diagnostics.h"

namespace nnc {

/// Reports every item, setting, parameter, field and local name that is such a word.
void refuse_reserved_names(const ast::File& file, Diagnostics& diagnostics);

/// Whether nothing but reserved words was reported: what stands around them was read and can be checked.
bool only_reserved(const Diagnostics& diagnostics);

/// Adds the errors that `rest` has found beside reserved words.
void add_errors_beside_reserved(const Diagnostics& rest, Diagnostics& diagnostics);

}  // namespace nnc
