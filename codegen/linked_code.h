// Object files of a program, linked and loaded in this process through ORC.
#pragma once

#include <llvm/Support/MemoryBuffer.h>

#include <memory>
#include <string>
#include <vector>

namespace nnc {

/// Owns the memory of the code. Throws a Failure (system) where LLVM or the system refuses.
class LinkedCode {
 public:
  explicit LinkedCode(std::vector<std::unique_ptr<llvm::MemoryBuffer>> objects);
  ~LinkedCode();
  LinkedCode(const LinkedCode&) = delete;
  LinkedCode& operator=(const LinkedCode&) = delete;

  /// The address of a function that the objects show each other; links what it needs.
  void* find(const char* name);

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

/// llvm::Expected and llvm::Error end here: what is refused becomes a Failure of ours.
[[noreturn]] void refuse(const char* doing, const std::string& reason);

}  // namespace nnc
