// The syntax tree as text: what `nnc dump --stage=ast` prints.
#pragma once

#include <string>

#include "frontend/syntax/ast.h"

namespace nnc {

/// One node a line, indented by depth: what it is, its own words, and the place where it begins. Without places two
/// files that differ only in blanks, line breaks and comments give the same text; docs are part of it.
std::string dump_ast(const ast::File& file, const SourceFile& source, bool places = true);

/// Parses the source first; it must be free of errors (a checked program's source is).
std::string dump_ast(const SourceFile& source);

}  // namespace nnc
