// LLVM is built without exceptions: where it gets no memory, nothing can be thrown through its frames, whose locks
// would stay locked. On a thread on which one of these lives a refused allocation ends the process with a message and
// exit 3; other threads are told by std::bad_alloc.
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
