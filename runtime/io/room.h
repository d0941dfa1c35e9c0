// How much a disk still takes, asked before hours of work rather than after them.
#pragma once

#include <cstdint>
#include <string>

#include "support/error.h"

namespace nnc {

/// Bytes that this user may still write on the disk of the file's folder; INT64_MAX where the system does not say.
int64_t free_disk(const std::string& path);
/// Whether both files' folders are on one disk.
bool same_disk(const std::string& a, const std::string& b);

/// What the system refuses for want of room: exit 3, as every refusal, but what is not worth a run can do without it.
class NoRoom : public Failure {
 public:
  using Failure::Failure;
};
/// Whether a write failed because a disk, a quota or a limit is used up.
bool is_want_of_room(int error_number);
/// "No space left on device: 4096 bytes are needed, 0 are free", and the same as a whole message. `needed` may be a
/// part of what is needed (`at_least`); what an unfinished file holds of the disk itself, `held`, counts as free.
std::string want_of_room(const std::string& path, int error_number, int64_t needed, bool at_least = false,
                         int64_t held = 0);
NoRoom no_room(const std::string& path, const std::string& doing, int error_number, int64_t needed,
               bool at_least = false, int64_t held = 0);

/// The message of what a run does without: "w: warning: cannot write: …".
std::string as_warning(const Failure& refused);

/// Fails (NoRoom), naming both numbers, where a new file of `bytes` has no room at `path`, or `all` bytes on its disk.
/// What is there now stays until the new file is whole and makes no room.
void require_room(const std::string& path, int64_t bytes, int64_t all);

}  // namespace nnc
