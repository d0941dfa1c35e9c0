// The files that a program imports: each is read once, and becomes a part of the program's source.
#pragma once

#include <functional>
#include <string>

#include "frontend/syntax/ast.h"
#include "support/diagnostics.h"
#include "support/source.h"

namespace nnc {

/// What came of `import "…"`.
struct ImportedText {
  std::string name;  ///< as messages print it
  std::string file;  ///< the same for every name of one file, the program's too
  std::string text;
  std::string wrong, help;  ///< why it can't be read; "" where it was
};
/// Reads `path`, as it is written in the file whose name is `importer`.
using ReadImport = std::function<ImportedText(const std::string& path, const std::string& importer)>;

/// Reads what the source imports, and what that imports, and adds it to the source; `program` is its
/// ImportedText::file. A file that can't be read, files that import each other in a ring, and ways of more than
/// kMostImports files are errors at the `import`.
void read_imports(SourceFile& source, const std::string& program, const ReadImport& read, Diagnostics& diagnostics);

/// An `import` of what was not read, or of a part that the library does not have, is an error.
void check_imports(const ast::File& file, const SourceFile& source, Diagnostics& diagnostics);

inline constexpr size_t kMostImports = 64;

}  // namespace nnc
