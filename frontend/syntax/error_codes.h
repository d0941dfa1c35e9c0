// Every code that a diagnostic of the frontend can carry, with what it means, and the page that `nnc explain` prints.
#pragma once

#include <span>
#include <string_view>

namespace nnc {

/// Which stage of a program reports a code. An error ends its stage, so each is said once; a warning is said by one
/// stage alone.
enum class SaidBy {
  first_to_know,  ///< checking, or where it hangs on a number that only the data knows, binding
  checking,
  binding,
};

struct ErrorCode {
  std::string_view code, meaning;
  SaidBy said_by = SaidBy::first_to_know;
};

std::span<const ErrorCode> error_codes();
/// Null when there is none such.
const ErrorCode* find_code(std::string_view code);
/// What the code means, or empty when there is none such.
std::string_view explain_code(std::string_view code);
/// The code's whole page, frontend/explanations/CODE.md: what is wrong and why the language says so, an example that
/// gets it, and the example mended. Empty when there is none such.
std::string_view explanation(std::string_view code);

}  // namespace nnc
