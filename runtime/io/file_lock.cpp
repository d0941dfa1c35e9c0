#include "runtime/io/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <utility>

#include "runtime/io/files.h"
#include "runtime/io/room.h"
#include "support/diagnostics.h"
#include "support/error.h"

namespace nnc {

namespace {

namespace fs = std::filesystem;

/// One that another user left can be locked without being writable.
int open_lock(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0 && errno == EACCES) descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  return descriptor;
}

/// Whether the open file is still the one of that name: a run that ends removes its own.
bool has_name(int descriptor, const std::string& path) {
  struct stat open = {}, named = {};
  return ::fstat(descriptor, &open) == 0 && ::lstat(path.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

std::string holder(int descriptor) {
  std::array<char, 32> text{};
  ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  int64_t process = 0;
  std::from_chars(text.data(), text.data() + std::max<ssize_t>(size, 0), process);
  return process > 0 ? fmt::format("process {}", process) : "its process is not known";
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// ".w.safetensors.4711-0.tmp" of ".w.safetensors".
bool is_temporary(std::string_view name, std::string_view stem) {
  constexpr std::string_view kEnding = ".tmp";
  if (!name.starts_with(stem) || !name.ends_with(kEnding) || name.size() < stem.size() + kEnding.size() + 1)
    return false;
  name = name.substr(stem.size(), name.size() - stem.size() - kEnding.size());
  const size_t dash = name.find('-');
  return name.front() == '.' && dash != std::string_view::npos && is_number(name.substr(1, dash - 1)) &&
         is_number(name.substr(dash + 1));
}

/// What is being written is locked by its writer (files.cpp).
void remove_if_left_behind(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  ::close(descriptor);
}

void remove_left_behind(const fs::path& target) {
  const fs::path stem = hidden_beside(target, "");
  std::error_code end;
  for (auto each = fs::directory_iterator(stem.parent_path(), end); !end && each != fs::directory_iterator();
       each.increment(end)) {
    if (is_temporary(each->path().filename().string(), stem.filename().string())) remove_if_left_behind(each->path());
  }
}

}  // namespace

FileLock::FileLock(const std::string& path, const std::string& shown) {
  const fs::path target = replaced_file(path);
  path_ = hidden_beside(target, ".lock").string();
  for (;;) {
    descriptor_ = open_lock(path_);
    if (descriptor_ < 0 && errno == EINTR) continue;
    if (descriptor_ < 0 && is_want_of_room(errno)) throw no_room(shown, "lock", errno, 0);
    if (descriptor_ < 0) throw system_failure(escape_for_terminal(shown), "lock", errno);
    const int result = ::flock(descriptor_, LOCK_EX | LOCK_NB);
    const int error_number = errno;
    if (result == 0 && has_name(descriptor_, path_)) break;
    const std::string other = holder(descriptor_);
    ::close(std::exchange(descriptor_, -1));
    if (result == 0 || error_number == EINTR) continue;
    if (error_number == EWOULDBLOCK) {
      throw Failure(ExitCode::system_refused,
                    fmt::format("{}: error: another run writes this file: {}\n help: wait for its end, or name another "
                                "file",
                                escape_for_terminal(shown), other));
    }
    ::unlink(path_.c_str());
    return;
  }
  remove_left_behind(target);
  const std::string process = fmt::format("{}\n", ::getpid());
  // A full disk takes no number; the lock holds without one.
  if (::ftruncate(descriptor_, 0) == 0) static_cast<void>(::pwrite(descriptor_, process.data(), process.size(), 0) > 0);
}

void FileLock::require_free(const std::string& path) {
  std::error_code ignored;
  if (fs::exists(hidden_beside(replaced_file(path), ".lock"), ignored)) FileLock(path, path);
}

FileLock::FileLock(FileLock&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ < 0) return;
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace nnc
