// The long answers of `nnc explain CODE`.
#pragma once

#include <string_view>

#include "support/code.h"

namespace nnc {

/// The code's whole page, frontend/explanations/CODE.md: what is wrong and why the language says so, an example that
/// gets it, and the example mended.
std::string_view explanation(Code code);

}  // namespace nnc
