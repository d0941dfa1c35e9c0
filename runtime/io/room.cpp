#include "runtime/io/room.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>

#include "runtime/io/files.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

std::string folder_of(const std::string& path) {
  std::error_code error;
  fs::path whole = fs::weakly_canonical(fs::absolute(followed(path), error), error);
  return whole.has_parent_path() ? whole.parent_path().string() : ".";
}

/// A disk of many small files may have bytes left but no entry for one more.
bool is_out_of_files(const std::string& path) {
  struct statvfs facts = {};
  return ::statvfs(folder_of(path).c_str(), &facts) == 0 && facts.f_files > 0 && facts.f_favail == 0;
}

int64_t file_limit() {
  struct rlimit limit = {};
  bool none = ::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur > static_cast<rlim_t>(kUnlimited);
  return none ? kUnlimited : static_cast<int64_t>(limit.rlim_cur);
}

}  // namespace

int64_t free_disk(const std::string& path) {
  struct statvfs facts = {};
  if (::statvfs(folder_of(path).c_str(), &facts) != 0 || facts.f_blocks == 0) return kUnlimited;
  uint64_t blocks = ::geteuid() == 0 ? facts.f_bfree : facts.f_bavail, bytes = 0;
  bool huge = __builtin_mul_overflow(blocks, static_cast<uint64_t>(facts.f_frsize), &bytes) || bytes > INT64_MAX;
  return huge ? kUnlimited : static_cast<int64_t>(bytes);
}

bool same_disk(const std::string& a, const std::string& b) {
  struct stat of_a = {}, of_b = {};
  return ::stat(folder_of(a).c_str(), &of_a) == 0 && ::stat(folder_of(b).c_str(), &of_b) == 0 &&
         of_a.st_dev == of_b.st_dev;
}

bool is_want_of_room(int error_number) {
  return error_number == ENOSPC || error_number == EDQUOT || error_number == EFBIG;
}

std::string want_of_room(const std::string& path, int error_number, int64_t needed, bool at_least, int64_t held) {
  const int64_t room = error_number == EFBIG ? file_limit() : error_number == ENOSPC ? free_disk(path) : kUnlimited;
  std::string there;  // a quota, and some file systems, do not say what they leave
  if (room < kUnlimited - held) {
    there = error_number == EFBIG ? fmt::format(", {} are allowed", room) : fmt::format(", {} are free", room + held);
  }
  std::string numbers = fmt::format("{}{} bytes are needed{}", at_least ? "at least " : "", needed, there);
  if (error_number == ENOSPC && is_out_of_files(path)) numbers = "1 more file is needed, 0 are free";
  return fmt::format("{}: {}", std::strerror(error_number), numbers);
}

NoRoom no_room(const std::string& path, const std::string& doing, int error_number, int64_t needed, bool at_least,
               int64_t held) {
  return {ExitCode::system_refused, fmt::format("{}: error: cannot {}: {}", escape_for_terminal(path), doing,
                                                want_of_room(path, error_number, needed, at_least, held))};
}

std::string as_warning(const Failure& refused) {
  std::string text = refused.what();
  if (size_t at = text.find("error: "); at != std::string::npos) text.replace(at, 7, "warning: ");
  return text;
}

void require_room(const std::string& path, int64_t bytes, int64_t all) {
  if (file_limit() < bytes) throw no_room(path, "write", EFBIG, bytes);
  if (free_disk(path) < all) throw no_room(path, "write", ENOSPC, all);
}

}  // namespace nnc
