// How many random cases a test tries.
#pragma once

#include <cstdlib>

namespace nnc {

/// The number in the environment variable if it is set (./dev fuzz), else `usual`, and under ASan `sanitized`.
inline int cases_to_run(const char* variable, int usual, int sanitized) {
  if (const char* asked = std::getenv(variable)) return std::atoi(asked);
#if defined(__SANITIZE_ADDRESS__)
  static_cast<void>(usual);
  return sanitized;
#else
  static_cast<void>(sanitized);
  return usual;
#endif
}

inline int graphs_to_run() { return cases_to_run("NNC_FUZZ_GRAPHS", 500, 100); }
inline int programs_to_run() { return cases_to_run("NNC_FUZZ_PROGRAMS", 60, 15); }

}  // namespace nnc
