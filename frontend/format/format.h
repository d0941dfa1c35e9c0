// The formatter: one way to write a program down, whatever its blanks and line breaks were. Lines of at most 100
// columns; comments and `##` docs keep their places, blank lines are kept, at most one.
#pragma once

#include <optional>
#include <string>

#include "support/diagnostics.h"
#include "support/source.h"

namespace nnc {

/// The source in its one form: it parses to the same program and formats to itself. A line ends with '\n'. None where
/// the source has syntax errors; they are in `diagnostics`.
std::optional<std::string> format_source(const SourceFile& source, Diagnostics& diagnostics);

}  // namespace nnc
