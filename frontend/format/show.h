// The program with nothing left to defaults, for `nnc show`.
#pragma once

#include <string>

#include "frontend/program/program.h"

namespace nnc {

/// The program as its own text, formatted, with every default written out: options and `train` as the command line sets
/// them, all keys of `train`, and every setting of each call by name. Comments say which definitions replace the
/// library's, which metrics are better when lower, and which options are constants of the compiled step. The text
/// checks to the same program, and showing it again gives it again. A default that has no words in the file (it means a
/// definition of the library whose name the file gives to something else) stays unsaid, and so does a layer that a
/// default makes: the caller would own it.
std::string show(const CheckedProgram& program);

}  // namespace nnc
