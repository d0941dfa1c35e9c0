// The two halves of `show`: the settings of the program, and then, in the text so made, those of its calls.
#pragma once

#include <string>

#include "frontend/program/program_parts.h"

namespace nnc {

/// The text with options and `train` as they are set, command line included.
std::string show_settings(const CheckedProgram& program);
/// The text with every setting of each call, and the comments of `show`. The program has no overrides.
std::string show_calls(const CheckedProgram& program);

}  // namespace nnc
