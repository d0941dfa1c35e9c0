// LLVM is built without exceptions: where it gets no memory, nothing can be thrown through its frames, whose locks
// would stay locked. While one of these lives, a refused allocation ends the process with a message and exit 3.
#pragma once

#include <new>

namespace nnc {

class MemoryGuard {
 public:
  MemoryGuard();
  ~MemoryGuard();
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;

 private:
  std::new_handler before_;
};

}  // namespace nnc
