#include "runtime/explain/run_program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "support/error.h"

// POSIX leaves the declaration to the program.
// NOLINTNEXTLINE(readability-redundant-declaration,cppcoreguidelines-avoid-non-const-global-variables)
extern char** environ;

namespace nnc {

namespace {

// Input, output and errors go through nameless temporary files: with no pipe there is nothing to wait for but the end.
using File = std::unique_ptr<FILE, decltype(&std::fclose)>;

File temporary_file() {
  File file(std::tmpfile(), &std::fclose);
  if (!file) throw system_failure("a temporary file", "make", errno);
  return file;
}

void to_begin(FILE* file) {
  if (std::fseek(file, 0, SEEK_SET) != 0) throw system_failure("a temporary file", "read", errno);
}

std::string content(FILE* file) {
  std::string text;
  std::array<char, 1 << 16> block{};
  to_begin(file);
  for (size_t got = 0; (got = std::fread(block.data(), 1, block.size(), file)) > 0;) text.append(block.data(), got);
  return text;
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments, const std::string& input) {
  File in = temporary_file(), out = temporary_file(), err = temporary_file();
  bool written = std::fwrite(input.data(), 1, input.size(), in.get()) == input.size() && std::fflush(in.get()) == 0;
  if (!written) throw system_failure("a temporary file", "write", errno);
  to_begin(in.get());
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fileno(in.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(out.get()), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, fileno(err.get()), STDERR_FILENO);
  std::vector<std::string> own = arguments;
  std::vector<char*> pointers;
  for (std::string& argument : own) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  pid_t child = 0;
  int error = posix_spawnp(&child, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) return {false, 127, "", ""};
  if (error != 0) throw system_failure(arguments[0], "run", error);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return {true, code, content(out.get()), content(err.get())};
}

}  // namespace nnc
