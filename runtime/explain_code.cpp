#include "runtime/explain_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <vector>

#include "frontend/error_codes.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

int number_of(std::string_view code) {
  int number = 0;
  for (char digit : code.substr(1)) number = 10 * number + (digit - '0');
  return number;
}

/// The known code with the nearest number, of the same letter first.
std::string nearest_code(std::string_view code) {
  std::string best;
  int distance = INT32_MAX;
  for (const ErrorCode& known : error_codes()) {
    int apart = std::abs(number_of(known.code) - number_of(code)) + (known.code[0] == code[0] ? 0 : 10000);
    if (apart < distance) {
      distance = apart;
      best = known.code;
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
  std::string page(explanation(wanted));
  if (page.empty()) {
    throw Failure(ExitCode::wrong_command, fmt::format("nnc: error: there is no code {}; did you mean {}?",
                                                       escape_for_terminal(wanted), nearest_code(wanted)));
  }
  if (!page.ends_with('\n')) page += '\n';
  return page;
}

}  // namespace nnc
