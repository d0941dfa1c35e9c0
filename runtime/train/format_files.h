// What `nnc fmt` does with files.
#pragma once

#include <string>
#include <vector>

namespace nnc {

/// The text of a program in its one form. A syntax error is a Failure (exit 1) with the diagnostics.
std::string formatted(const std::string& name, const std::string& text);

struct FormatResult {
  std::vector<std::string> changed;  ///< files whose text is not in its one form (and was replaced, unless checking)
  std::string errors;                ///< of the files that could not be formatted, each untouched; may be empty
  int failed = 0;                    ///< how many those are
  int worst = 0;                     ///< the first failure's exit code, 0 for none
};

/// Formats each file in place, atomically, or with `check` only compares. A file that fails stops no other.
FormatResult format_files(const std::vector<std::string>& files, bool check);

/// Every .nn file in a folder and below, sorted; a file stands for itself.
std::vector<std::string> program_files(const std::vector<std::string>& paths);

}  // namespace nnc
