#include "support/stack.h"

#include <pthread.h>

#include <cstdint>

namespace nnc {

namespace {

/// The lowest address of this thread's stack, which grows downwards; 0: unknown.
uintptr_t lowest_address() {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void* lowest = nullptr;
  size_t size = 0;
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  return reinterpret_cast<uintptr_t>(lowest);
}

}  // namespace

size_t stack_left() {
  thread_local const uintptr_t lowest = lowest_address();
  // The frame's, not a local variable's: AddressSanitizer may keep those on a heap of its own.
  auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (lowest == 0) return SIZE_MAX;
  return here > lowest ? here - lowest : 0;
}

}  // namespace nnc
