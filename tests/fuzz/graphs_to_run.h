// How many random graphs a test tries: NNC_FUZZ_GRAPHS if set (./dev fuzz graphs N), else 500, and 100 under ASan.
#pragma once

#include <cstdlib>

namespace nnc {

inline int graphs_to_run() {
  if (const char* asked = std::getenv("NNC_FUZZ_GRAPHS")) return std::atoi(asked);
#if defined(__SANITIZE_ADDRESS__)
  return 100;
#else
  return 500;
#endif
}

}  // namespace nnc
