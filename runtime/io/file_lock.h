// One run for one file: a lock beside the file that a run will write, which the system releases however the run ends.
#pragma once

#include <string>

namespace nnc {

class FileLock {
 public:
  /// Locks the file that a write of `path` replaces, and removes what a killed run left of it. Where another process
  /// has it, a Failure (exit 3) with that process's number; `shown` names the file there.
  FileLock(const std::string& path, const std::string& shown);
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();  ///< removes the lock's own file

  /// Fails as the constructor does where another process has the file now.
  static void require_free(const std::string& path);

  /// False where the file system knows no locks: then nothing is locked and nothing removed.
  bool held() const { return descriptor_ >= 0; }

 private:
  std::string path_;  ///< of the lock, ".NAME.lock": never the file itself, which is replaced by renaming
  int descriptor_ = -1;
};

}  // namespace nnc
