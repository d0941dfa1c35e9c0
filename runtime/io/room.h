// What the system still gives, asked before hours of work rather than after them: memory and disk.
#pragma once

#include <cstdint>
#include <string>

namespace nnc {

/// Bytes of memory that this process may still take: the least of what its own limits, its control groups and the
/// machine leave it.
int64_t free_memory();

/// Bytes that this user may still write on the disk of the file's folder; INT64_MAX where the system does not say.
int64_t free_disk(const std::string& path);
/// Whether both files' folders are on one disk.
bool same_disk(const std::string& a, const std::string& b);

/// Fails (exit 3), naming both numbers, where a new file of `bytes` has no room at `path`, or `all` bytes on its disk.
/// What is there now stays until the new file is whole and makes no room.
void require_room(const std::string& path, int64_t bytes, int64_t all);

}  // namespace nnc
