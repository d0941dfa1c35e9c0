// How the files that a program imports are found.
#pragma once

#include <string>

#include "frontend/syntax/imports.h"

namespace nnc {

/// Adds to a program what it imports, as imports.h of the frontend says, from files beside those that import them. They
/// stay below the folder of the program ("-": the current one): an absolute path, one that leads out, through a link
/// too, and what is no regular file of at most 16 MB, can't be imported.
void read_imports(SourceFile& source, const std::string& program_file, Diagnostics& diagnostics);

}  // namespace nnc
