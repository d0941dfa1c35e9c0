// While one of these lives, the thread's arithmetic is the one that C++ promises: rounded to nearest, denormals kept,
// nothing trapped; whatever a library that was loaded before us has set. The caller's comes back with its end.
#pragma once

#include <cfenv>

namespace nnc {

class DefaultArithmetic {
 public:
  DefaultArithmetic() {
    std::fegetenv(&callers_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~DefaultArithmetic() { std::fesetenv(&callers_); }
  DefaultArithmetic(const DefaultArithmetic&) = delete;
  DefaultArithmetic& operator=(const DefaultArithmetic&) = delete;

 private:
  std::fenv_t callers_{};
};

}  // namespace nnc
