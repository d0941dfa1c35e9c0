// Another program, run without a shell.
#pragma once

#include <string>
#include <vector>

namespace nnc {

struct ProgramResult {
  bool found = true;  ///< false: there is no such program on PATH
  int status = 0;     ///< its exit status, 128 + signal if one ended it
  std::string output, errors;
};

/// Runs `arguments[0]` from PATH with exactly these arguments and `input` as its standard input, and waits for it. What
/// the system refuses is a system_failure.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input);

}  // namespace nnc
