// LLVM is built without exceptions: where it gets no memory, nothing can be thrown through its frames, whose locks
// would stay locked. While any of these lives, on any thread, a refused allocation ends the process with a message and
// exit 3.
#pragma once

namespace nnc {

class MemoryGuard {
 public:
  MemoryGuard();
  ~MemoryGuard();
  MemoryGuard(const MemoryGuard&) = delete;
  MemoryGuard& operator=(const MemoryGuard&) = delete;
};

}  // namespace nnc
