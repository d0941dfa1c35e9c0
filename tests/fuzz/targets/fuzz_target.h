// What the libFuzzer targets share. A reader may refuse its input with a Failure or as Unsupported; any other
// exception, a crash, a leak or a hang is a bug, and what a reader accepts must pass the target's own checks.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/error.h"

namespace nnc::testing {

/// Ends the run: libFuzzer keeps the input.
[[noreturn]] inline void found(const std::string& what) {
  std::fprintf(stderr, "found: %s\n", what.c_str());
  std::abort();
}

/// The input as a file that lies in memory: the readers open paths.
class MemoryFile {
 public:
  MemoryFile()
      : descriptor_(::memfd_create("input", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(descriptor_)) {
    if (descriptor_ < 0) found("no file in memory");
  }
  const std::string& path() const { return path_; }
  void set(std::string_view bytes) {
    bool done = ::ftruncate(descriptor_, 0) == 0 &&
                ::pwrite(descriptor_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
    if (!done) found("the file in memory cannot be written");
  }

 private:
  int descriptor_;
  std::string path_;
};

/// Calls `read`; whether it took the input.
template <class Read>
bool taken(Read&& read) {
  try {
    read();
    return true;
  } catch (const Failure& failure) {
    if (failure.code() != ExitCode::wrong_program) found(failure.what());
  } catch (const Unsupported&) {
  }
  return false;
}

}  // namespace nnc::testing
