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

/// The number of the first case: several processes share out one run, and a later one goes on behind it.
inline int first_case() {
  const char* asked = std::getenv("NNC_FUZZ_FIRST");
  return asked == nullptr ? 1 : std::atoi(asked);
}

inline int graphs_to_run() { return cases_to_run("NNC_FUZZ_GRAPHS", 500, 100); }
inline int programs_to_run() { return cases_to_run("NNC_FUZZ_PROGRAMS", 60, 15); }

}  // namespace nnc
