// Work of the compiler on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace nnc {

/// How many threads a compilation may have: a core each, and memory for each; one where the address space is limited.
/// Asks the system.
int compile_threads();

/// Calls `work(0)` … `work(count − 1)`, each on a thread of its own but the first, which is this thread's. Where the
/// system gives no thread this one does that work, too. `work` must not throw.
void run_on_threads(size_t count, const std::function<void(size_t)>& work);

}  // namespace nnc
