// How much memory the system still gives.
#pragma once

#include <cstdint>

namespace nnc {

/// Bytes of memory that this process may still take: the least of what its own limits, its control groups and the
/// machine leave it.
int64_t free_memory();

}  // namespace nnc
