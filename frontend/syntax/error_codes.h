// Every code that a diagnostic of the frontend can carry, with what it means, and the page that `nnc explain` prints.
#pragma once

#include <span>
#include <string_view>

namespace nnc {

struct ErrorCode {
  std::string_view code, meaning;
};

std::span<const ErrorCode> error_codes();
/// What the code means, or empty when there is none such.
std::string_view explain_code(std::string_view code);
/// The code's whole page, frontend/explanations/CODE.md: what is wrong and why the language says so, an example that
/// gets it, and the example mended. Empty when there is none such.
std::string_view explanation(std::string_view code);

}  // namespace nnc
