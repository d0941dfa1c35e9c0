#include "runtime/step/explain_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <vector>

#include "frontend/syntax/explanation.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

int number_of(std::string_view code) {
  int number = 0;
  for (char digit : code.substr(1)) number = 10 * number + (digit - '0');
  return number;
}

/// The known code that begins so, else the one with the nearest number, of the same letter first; "" where none is
/// near.
std::string nearest_code(std::string_view code) {
  for (const Code known : Code::all()) {
    if (known.spelling().starts_with(code)) return std::string(known.spelling());
  }
  constexpr int kNear = 20;
  std::string best;
  int distance = INT32_MAX;
  for (const Code known : Code::all()) {
    const int apart = std::abs(number_of(known.spelling()) - number_of(code));
    const int other_letter = known.spelling()[0] == code[0] ? 0 : 10000;
    if (apart <= kNear && apart + other_letter < distance) {
      distance = apart + other_letter;
      best = known.spelling();
    }
  }
  return best;
}

}  // namespace

bool looks_like_code(std::string_view word) {
  if (word.size() < 2 || word.size() > 6) return false;
  int letter = std::toupper(static_cast<unsigned char>(word[0]));
  bool digits = std::all_of(word.begin() + 1, word.end(),
                            [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
  return digits && (letter == 'E' || letter == 'W');
}

std::string code_page(std::string_view code) {
  std::string wanted(code);
  wanted[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(wanted[0])));
  const std::optional<Code> known = Code::find(wanted);
  if (!known) {
    const std::string near = nearest_code(wanted);
    throw Failure(ExitCode::wrong_command,
                  fmt::format("nnc: error: there is no code {}{}", escape_for_terminal(wanted),
                              near.empty() ? "\n help: a code stands in brackets behind 'error' or 'warning': E0312"
                                           : fmt::format("; did you mean {}?", near)));
  }
  std::string page(explanation(*known));
  if (!page.ends_with('\n')) page += '\n';
  return page;
}

}  // namespace nnc
