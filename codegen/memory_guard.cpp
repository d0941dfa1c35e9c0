#include "codegen/memory_guard.h"

#include <llvm/Support/ErrorHandling.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <new>
#include <string_view>

#include "support/error.h"

namespace nnc {

namespace {

/// Without an allocation of its own. What a compilation waits for is not written yet: no file is left half done.
[[noreturn]] void end_without_memory() {
  constexpr std::string_view kText =
      "nnc: error: no memory to compile the program\n"
      " help: 'nnc train --interp' runs without machine code, with the same bits\n";
  std::fflush(stdout);
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, kText.data(), kText.size());
  ::_exit(static_cast<int>(ExitCode::system_refused));
}

void end_llvm_without_memory(void*, const char*, bool) { end_without_memory(); }

/// Of this thread.
int& living_here() {
  static thread_local int count = 0;
  return count;
}

/// The handlers are the process's: the first guard sets them, the last takes them away.
struct Guards {
  std::mutex mutex;
  int living = 0;
  std::new_handler before = nullptr;
};
Guards& guards() {
  static Guards all;
  return all;
}

/// A thread that does not compile is told as ever.
void on_no_memory() {
  if (living_here() > 0) end_without_memory();
  if (guards().before == nullptr) throw std::bad_alloc();
  guards().before();
}

}  // namespace

MemoryGuard::MemoryGuard() {
  ++living_here();
  const std::lock_guard lock(guards().mutex);
  if (guards().living++ > 0) return;
  guards().before = std::set_new_handler(on_no_memory);
  llvm::install_bad_alloc_error_handler(end_llvm_without_memory);
}

MemoryGuard::~MemoryGuard() {
  --living_here();
  const std::lock_guard lock(guards().mutex);
  if (--guards().living > 0) return;
  llvm::remove_bad_alloc_error_handler();
  std::set_new_handler(guards().before);
}

}  // namespace nnc
