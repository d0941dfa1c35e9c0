#include "support/error.h"

#include <fmt/format.h>

#include <cstring>

#include "support/diagnostics.h"

namespace nnc {

Failure system_failure(const std::string& path, const std::string& doing, int error_number) {
  return {ExitCode::system_refused, fmt::format("{}: error: cannot {}: {}", path, doing, std::strerror(error_number))};
}

Unsupported::Unsupported(Origin where, const std::string& what)
    : std::runtime_error(where.known() ? fmt::format("{}:{}:{}: error: not supported: {}",
                                                     escape_for_terminal(where.file), where.line, where.column, what)
                                       : fmt::format("error: not supported: {}", what)),
      where_(std::move(where)) {}

void internal_error(const std::string& message) { throw InternalError(message); }

void unsupported(const Origin& where, const std::string& what) { throw Unsupported(where, what); }

void assertion_failed(const char* condition, const char* file, int line, const std::string& message) {
  const char* name = std::strrchr(file, '/');
  internal_error(fmt::format("{}:{}: '{}' does not hold: {}", name ? name + 1 : file, line, condition, message));
}

}  // namespace nnc
