// Three kinds of failure, two mechanisms. Mistakes in a .nn file go to Diagnostics (diagnostics.h). Everything here is
// thrown and caught once, in main: a Failure is the user's data, command or system; an InternalError is a bug of ours.
#pragma once

#include <stdexcept>
#include <string>

#include "support/source.h"

namespace nnc {

/// What the process returns. 130 and 143 are interruptions with the state saved.
enum class ExitCode : int {
  done = 0,
  wrong_program = 1,
  wrong_command = 2,
  system_refused = 3,
  not_finite = 4,
  expectation_failed = 5,
  internal_bug = 70,
  interrupted = 130,
  terminated = 143,
};

/// A failure that is not ours. `what()` is the whole message, first line "file:line:col: error: text" or
/// "file: offset N (0xN): error: text", ready to print.
class Failure : public std::runtime_error {
 public:
  Failure(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

/// "path: error: cannot open: No such file or directory", from errno at the call.
Failure system_failure(const std::string& path, const std::string& doing, int error_number);

/// A bug of ours: printed with the request to report it, exit 70.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// A known limit of nnc, at the user's position; exit 1, needs no report.
class Unsupported : public std::runtime_error {
 public:
  Unsupported(Origin where, const std::string& what);
  const Origin& where() const { return where_; }

 private:
  Origin where_;
};

[[noreturn]] void internal_error(const std::string& message);
[[noreturn]] void unsupported(const Origin& where, const std::string& what);

/// Called by NNC_ASSERT.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line, const std::string& message);

}  // namespace nnc

/// Checks what must hold whatever the user does; the message is only made on failure.
#define NNC_ASSERT(condition, message) \
  ((condition) ? static_cast<void>(0) : ::nnc::assertion_failed(#condition, __FILE__, __LINE__, (message)))
