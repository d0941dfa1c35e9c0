// How much of its stack a thread has left: what walks a tree by recursion asks before it goes deeper.
#pragma once

#include <cstddef>

namespace nnc {

/// Bytes between this call's frame and the end of the thread's stack; SIZE_MAX where the system does not say.
size_t stack_left();

}  // namespace nnc
